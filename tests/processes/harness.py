"""Real processes for tests: `python -m storybot …` in a data folder of its own, a model server, and HTTP to them.

Nothing here sleeps for a fixed time: `wait_until` looks until a condition holds, or says what did not come.
"""

import asyncio
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from deploy.logs import fields
from tests.fakes.model_server import Asked, ModelServer

ROOT = Path(__file__).parents[2]
#: Below the range from which the kernel takes ports for outgoing connections (Linux: 32768 and up), so that a port
#: stays free while a server on it is replaced.
PORTS = range(20_000, 32_000)
T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout_s: float, what: str, every_s: float = 0.02) -> T:
    """What `condition` gives as soon as it is true. Raises: AssertionError naming `what` after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"did not come within {timeout_s:g} s: {what}"
        time.sleep(every_s)
    return found


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    while True:
        port = random.choice(PORTS)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    return _stat(pid)[0] not in "ZX"


def children(pid: int) -> dict[str, int]:
    """The running child processes of a supervisor: their ids by command (`web`, `worker`)."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            state, parent = _stat(int(folder.name))
            if parent == pid and state not in "ZX":
                with contextlib.suppress(OSError, IndexError, ValueError):  # it ends, or is not yet what it is to be
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                    found[words[words.index(b"storybot") + 1].decode()] = int(folder.name)
    return found


def _stat(pid: int) -> tuple[str, int]:
    """State and parent of a process. Source: proc(5), /proc/pid/stat."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "X", 0
    return after_name[0], int(after_name[1])


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; names of headers are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, timeout_s: float = 15) -> Answer:
    """One request on a connection of its own; `body` goes as JSON. Raises: OSError, http.client.HTTPException."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        sent = None if body is None else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if sent is not None else {}
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), sent, typed | (headers or {}))
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def insist(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, timeout_s: float = 30) -> Answer:
    """As `call`, but asks again while the server is away, as a browser's user would."""

    def ask() -> Answer | None:
        try:
            answer = call(url, method, body, headers)
        except (OSError, http.client.HTTPException):
            return None
        return answer if answer.status < 500 else None

    found = wait_until(ask, timeout_s, f"an answer to {method} {url}")
    assert found is not None
    return found


#: A condition of the token log's rows, for the id of a generation.
OF_GENERATION = "generation = (SELECT number FROM generations WHERE id = ?)"


def query(data: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the SQLite database in a data folder, as another process sees them: what is committed."""
    with contextlib.closing(sqlite3.connect(data / "storybot.sqlite3", timeout=20)) as connection:
        return connection.execute(sql, values).fetchall()


def log_lines(data: Path) -> list[dict[str, Any]]:
    """The lines of the shared log, each of which must be one JSON object, flattened to dotted names."""
    lines = (data / "logs" / "app.log").read_text(encoding="utf-8").splitlines()
    parsed = [json.loads(line) for line in lines]
    assert all(isinstance(line, dict) for line in parsed)
    return [_dotted(line) for line in parsed]


def _dotted(line: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in line.items():
        flat |= _dotted(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def environment(data: Path, **settings: object) -> dict[str, str]:
    """The environment for a program: this one without any setting of Storybot's, and `settings` (`PORT=…`)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STORYBOT_", "PROMETHEUS_"))}
    given = {"DATA_DIR": data, "OPEN_BROWSER": "off", "METRICS_PORT": 0, "WORKER_METRICS_PORT": 0} | settings
    return kept | {"PYTHONPATH": str(ROOT)} | {f"STORYBOT_{name}": str(value) for name, value in given.items()}


class Program:
    """`python -m …` as a process; its output goes into a file in `folder`, which is its working directory too."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._words = words
        self._env = env if env is not None else os.environ | {"PYTHONPATH": str(ROOT)}
        self._output = folder / f"{'-'.join(words[:2]).replace('.', '-')}-{id(self):x}.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._output.open("ab") as output:
            command = [sys.executable, "-m", *self._words]
            self.process = subprocess.Popen(command, cwd=self._folder, env=self._env, stdout=output, stderr=output, start_new_session=True)
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout_s: float = 15) -> int:
        assert self.process is not None
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """End it, however it stands."""
        if self.process is None or self.process.poll() is not None:
            return
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.end()


def assert_log_lines(file: Path) -> None:
    """Every line of a log has the fields that a line may have, and belongs to a trace where it belongs to a request or a generation."""
    for raw in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        wrong = fields.problems(raw)
        line = {} if wrong else dict(fields.flat(json.loads(raw)))
        if ("http.response.status_code" in line or "storybot.generation.id" in line) and not line.get("trace.id"):
            wrong = ["no trace.id"]
        assert not wrong, f"{wrong} in {raw}"


class Server(Program):
    """`storybot run` (or `web`) on a port of its own, ready when the block begins.

    data: its data folder. settings: `LIMITS="off"` is STORYBOT_LIMITS, and so on; the same for every start.
    """

    def __init__(self, data: Path, *, command: tuple[str, ...] = ("run",), port: int | None = None, **settings: object) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready = "/readyz" if command == ("run",) else "/healthz"
        super().__init__(data.parent, "storybot", *command, env=environment(data, PORT=self.port, **settings))

    def start(self) -> Self:
        """Start it and wait until it can work."""
        super().start()
        try:
            wait_until(self.is_ready, 30, "the server's first 200")
        except BaseException:
            print(self.output)
            self.end()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)
        if raised[0] is None:
            assert "Traceback" not in self.output, self.output
            assert_log_lines(self.data / "logs/app.log")

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended with status {self.process.returncode}: {self.output}"
        try:
            return call(self.url + self._ready, timeout_s=2).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def child(self, role: str) -> int:
        """The process id of the running `web` or `worker`."""
        return wait_until(lambda: children(self.pid).get(role, 0), 10, f"a running {role}", every_s=0.005)

    def tell(self, prompt: str = "A dragon who counts", key: str | None = None, **more: Any) -> Any:
        """Begin a story; with an idempotency key however often the server goes away meanwhile."""
        headers = {"Idempotency-Key": key} if key else {}
        url, body = f"{self.url}/stories", {"prompt": prompt} | more
        answer = insist(url, "POST", body, headers, timeout_s=90) if key else call(url, "POST", body, headers)
        assert answer.status == 201, answer.body
        return answer.json

    def generation(self, generation_id: str) -> Any:
        return insist(f"{self.url}/generations/{generation_id}").json

    def ended(self, generation_id: str, timeout_s: float = 30) -> Any:
        """The generation once it has ended."""
        is_open = ("queued", "running")
        return wait_until(
            lambda: (shown := self.generation(generation_id))["state"] not in is_open and shown, timeout_s, f"the end of generation {generation_id}"
        )

    def text(self, story_id: str) -> str:
        """The text of the branch being read."""
        return "\n\n".join(passage["text"] for passage in insist(f"{self.url}/stories/{story_id}/passages").json)


class Model(Program):
    """A model server in a process of its own: it says `words` numbered words a passage, `rate` a second.

    It goes on numbering after what the request's last assistant message holds.
    """

    def __init__(self, folder: Path, *, words: int, rate: float) -> None:
        self.words = words
        self.port = free_port()
        super().__init__(folder, "tests.fakes.model_server", "--port", str(self.port), "--words", str(words), "--rate", str(rate))

    def start(self) -> Self:
        super().start()
        wait_until(lambda: not is_free(self.port), 10, "the model server")
        return self

    @property
    def settings(self) -> dict[str, object]:
        """What makes a server use it."""
        return {"ENGINE": "openai", "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1", "OPENAI_MODEL": "words"}


class Overheard:
    """The same model server in a thread of this process, so that a test can read what it was asked (`asked`)."""

    def __init__(self, **how: Any) -> None:
        self._model = ModelServer(**how)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def asked(self) -> list[Asked]:
        return self._model.asked

    @property
    def settings(self) -> dict[str, object]:
        """What makes a server use it."""
        return {"ENGINE": "openai", "OPENAI_BASE_URL": self._model.base_url, "OPENAI_MODEL": "words"}

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"{self._model.host}:{self._model.port}"

    def leave(self) -> None:
        """Be out of reach from now on."""
        asyncio.run_coroutine_threadsafe(self._model.__aexit__(None, None, None), self._loop).result(10)

    def come_back(self) -> None:
        """Answer again, at the same address."""
        asyncio.run_coroutine_threadsafe(self._model.__aenter__(), self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._model.__aenter__(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._model.__aexit__(None, None, None), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def numbered(count: int) -> str:
    """The text of a model server that has said `count` words."""
    return " ".join(f"w{number}" for number in range(1, count + 1))


def assert_numbered(text: str, words: int | None = None) -> None:
    """No gap, no double, no reorder; a multiple of `words` words where the passage is whole."""
    count = len(text.split())
    assert text == numbered(count)
    if words is not None:
        assert count > 0
        assert count % words == 0
