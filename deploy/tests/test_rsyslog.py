"""rsyslog ships for real: to an endpoint that is busy, forgets what it was told, and answers late."""

import base64
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.logs import files, ship_again
from tests.processes.harness import wait_until
from tests.requirements import need

LINES, ODD = 5_000, 10
USER, PASSWORD = "storybot-ingest", "only-for-this-test"


class FakeBulk(ThreadingHTTPServer):
    """An Elasticsearch that takes documents by `create`. Of its answers the 2nd and 4th are 503: once its own, before it has
    kept anything, and once that of a proxy in front, after it has kept all, so that the same lines come again."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        subprocess.run([str(files.FILES / "make-certificates"), str(folder), f"IP:{address}"], check=True, capture_output=True)
        super().__init__((address, 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "elasticsearch.crt", folder / "elasticsearch.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.lock = threading.Lock()
        self.documents: dict[tuple[str, str], Any] = {}
        self.bulks = self.repeated = self.busy = 0
        self.never = ""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def keep(self, raw: bytes) -> tuple[int, dict[str, Any] | None]:
        with self.lock:
            self.bulks += 1
            if self.bulks == 2:
                return 503, {"error": {"reason": "no master"}}
            rows = raw.decode("utf-8").splitlines()
            items = [self._create(json.loads(rows[at])["create"], json.loads(rows[at + 1])) for at in range(0, len(rows), 2)]
            if self.bulks == 4:
                return 503, None
        return 200, {"took": 1, "errors": any(item["create"]["status"] >= 300 for item in items), "items": items}

    def _create(self, place: dict[str, str], document: Any) -> dict[str, Any]:
        key = (place["_index"], place["_id"])
        common = {"_index": key[0], "_id": key[1]}
        if key[1] == self.never:
            return {"create": {**common, "status": 400, "error": {"type": "document_parsing_exception", "reason": "no"}}}
        if key in self.documents:
            self.repeated += 1
            error = {"type": "version_conflict_engine_exception", "reason": "document already exists"}
            return {"create": {**common, "status": 409, "error": error}}
        if self.busy < 20 and len(self.documents) > 2_000:
            self.busy += 1
            return {"create": {**common, "status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "busy"}}}
        self.documents[key] = document
        return {"create": {**common, "status": 201, "result": "created"}}


class _Handler(BaseHTTPRequestHandler):
    server: FakeBulk
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out in one piece

    def _do(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        status: int = 401 if self.headers["Authorization"] != expected else 200
        body: dict[str, Any] | None = {"error": "who are you?"} if status == 401 else {"status": "green"}
        if status == 200 and self.path.endswith("/_bulk"):
            status, body = self.server.keep(raw)
        content = json.dumps(body).encode() if body else b"<html><h1>503 Service Temporarily Unavailable</h1></html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = _do

    def log_message(self, *_: Any) -> None:
        pass


class Shipper:
    """A real rsyslogd with Storybot's part of its configuration, in folders of its own."""

    def __init__(self, folder: Path, server: FakeBulk) -> None:
        need(shutil.which("rsyslogd", path="/usr/sbin:/usr/bin"), "rsyslogd (apt-get install rsyslog)")
        need(
            Path("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so").exists() or list(Path("/usr/lib").glob("*/rsyslog/omelasticsearch.so")),
            "rsyslog's Elasticsearch output (apt-get install rsyslog-elasticsearch)",
        )
        self.folder = folder
        for name in ("app", "gateway", "state"):
            (folder / name).mkdir()
        (folder / "password").write_text(PASSWORD)
        made = files.rsyslog(
            f"https://127.0.0.1:{server.server_address[1]}",
            USER,
            app_logs=str(folder / "app"),
            gateway_logs=str(folder / "gateway"),
            password=str(folder / "password"),
            ca=str(folder / "certs/ca.crt"),
            refused=str(folder / "refused"),
        ).replace('action.resumeInterval="5"', 'action.resumeInterval="1"')
        (folder / "rsyslog.conf").write_text(f'global(workDirectory="{folder}/state" maxMessageSize="256k")\n{made}')
        self.process: subprocess.Popen[bytes] | None = None

    def words(self, *more: str) -> list[str]:
        return ["/usr/sbin/rsyslogd", "-f", str(self.folder / "rsyslog.conf"), "-i", str(self.folder / "pid"), *more]

    def start(self) -> None:
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(self.words("-n"), stdout=said, stderr=said)

    def again(self) -> tuple[int, int, int]:
        """What the timer does."""
        assert self.process is not None
        let_go = ["kill", "-HUP", str(self.process.pid)]
        return ship_again.again(self.folder / "refused", self.folder / "certs/ca.crt", f"{USER}:{PASSWORD}", let_go)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture
def shipping(tmp_path: Path) -> Iterator[tuple[Shipper, FakeBulk]]:
    server = FakeBulk(tmp_path / "certs")
    shipper = Shipper(tmp_path, server)
    try:
        yield shipper, server
    finally:
        shipper.stop()
        server.shutdown()
        server.server_close()


def _line(number: int) -> str:
    text = "x" * 20_000 if number == 17 else 'says „ja“ and\\"no" — 🦊'
    day = 23 if number < LINES // 2 else 24
    return json.dumps({
        "@timestamp": f"2026-11-{day}T12:00:00.000Z", "log.level": "info", "message": text, "ecs.version": "8.11.0",
        "event": {"id": f"a-{number}"}, "service": {"name": "storybot"}, "storybot": {"attempt": number},
    }, ensure_ascii=number % 2 == 0)  # fmt: skip


def test_every_line_arrives_and_none_stands_there_twice(shipping: tuple[Shipper, FakeBulk]) -> None:
    shipper, server = shipping
    checked = subprocess.run(shipper.words("-N1"), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    written = [_line(number) for number in range(LINES - ODD)]
    app, gateway = shipper.folder / "app/app.log", shipper.folder / "gateway/storybot.json"
    app.write_text("".join(line + "\n" for line in written[:1500]))
    gateway.write_bytes(b"".join(f"no JSON, number {number} ".encode() + b"\xff\n" for number in range(ODD)))
    shipper.start()
    with app.open("a") as file:
        file.writelines(line + "\n" for line in written[1500:3000])
    wait_until(lambda: len(server.documents) > 1_000, 60, "the first thousand")
    # It is stopped in the middle, lines come meanwhile and the file is turned over, and it goes on.
    shipper.stop()
    with app.open("a") as file:
        file.writelines(line + "\n" for line in written[3000:4000])
    shipper.start()
    wait_until(lambda: len(server.documents) >= 3_500, 60, "what came meanwhile")
    app.rename(app.with_suffix(".log.1"))
    app.write_text("".join(line + "\n" for line in written[4000:]))
    wait_until(lambda: shipper.again()[1:] == (0, 0) and len(server.documents) >= LINES, 60, "all lines", every_s=1)
    assert not list(shipper.folder.glob("refused*")) or (shipper.folder / "refused").stat().st_size == 0
    assert len(server.documents) == LINES
    assert server.repeated > 0
    assert server.busy == 20
    kept = {document["event"]["id"]: document for document in server.documents.values() if "event" in document}
    assert [kept[f"a-{number}"] for number in range(LINES - ODD)] == [json.loads(line) for line in written]
    assert {index for index, key in server.documents if key.startswith("a-")} == {"storybot-logs-2026-11-23", "storybot-logs-2026-11-24"}
    odd = [document for document in server.documents.values() if "event" not in document]
    assert {document["tags"][0] for document in odd} == {"_jsonparsefailure"}
    assert sorted(document["message"][:17] for document in odd) == [f"no JSON, number {number}" for number in range(ODD)]


def test_what_will_never_be_taken_is_put_aside_and_what_may_be_waits(shipping: tuple[Shipper, FakeBulk]) -> None:
    shipper, server = shipping
    ca, refused = shipper.folder / "certs/ca.crt", shipper.folder / "refused"
    url = f"https://127.0.0.1:{server.server_address[1]}/_bulk"
    action = '{"create":{"_index":"storybot-logs-2026-11-23","_id":"%s"}}'
    posts = [f"{action % 'a'}\n{{}}\n{action % 'b'}\n{{}}\n", f"{action % 'a'}\n{{}}\n"]
    refused.write_text("".join(json.dumps({"request": {"url": url, "postdata": post}}) + "\n" for post in posts) + '{"request": {"url"')
    assert ship_again.again(refused, ca, f"{USER}:wrong", []) == (0, 2, 0)
    server.bulks = 1  # the next one finds Elasticsearch busy
    assert ship_again.again(refused, ca, f"{USER}:{PASSWORD}", []) == (0, 2, 0)
    server.never = "b"
    assert ship_again.again(refused, ca, f"{USER}:{PASSWORD}", []) == (1, 0, 1)
    assert (shipper.folder / "refused.dead").read_text() == f"{action % 'b'}\n{{}}\n"
    assert ship_again.again(refused, ca, f"{USER}:{PASSWORD}", []) == (0, 0, 0)
    assert [key for _, key in server.documents] == ["a"]
