"""From an empty server to a site that tells stories: every step by `fab`, over real SSH, with real TLS, on a Debian that boots."""

import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from deploy.host.layout import KEPT, SERVICES
from deploy.logs import fields
from deploy.tests.conftest import API, PAGE, WORDS, WWW, Site
from deploy.tests.visitor import Reader
from storybot import schema
from tests.processes.harness import ROOT, assert_numbered, wait_until

pytestmark = pytest.mark.timeout(600)
SCRATCH = ("deploy", "storybot", "web/dist", "requirements.lock", "pyproject.toml")


def test_the_steps_say_what_they_did(site: Site) -> None:
    assert "users: deploy (deploys), storybot (runs it)" in site.said["setup"]
    assert "waiting for a certificate" in site.said["setup"]
    assert "it renews itself" in site.said["tls"]
    assert re.search(r"deployed: \d{8}T\d{6}Z-\w+", site.said["deploy"])
    again = site.fab("setup")
    assert "0 of them new or changed" in again, "a second setup changes nothing"


def test_the_page_is_served_under_its_names_only(site: Site) -> None:
    answer = site.visitor.call(f"{PAGE}/", Accept="text/html")
    assert answer.status == 200
    assert b'<div id="root"' in answer.body
    assert f'content="https://{API}"'.encode() in answer.body
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "default-src 'none'" in answer.headers["content-security-policy"] or "default-src 'self'" in answer.headers["content-security-policy"]
    assert "nginx/" not in answer.headers.get("server", "")
    moved = site.visitor.call(f"{WWW}/library?x=1")
    assert (moved.status, moved.headers["location"]) == (308, f"https://{PAGE}/library?x=1")
    plain = site.visitor.plain(PAGE, "/settings")
    assert (plain.status, plain.headers["location"]) == (308, f"https://{PAGE}/settings")
    with pytest.raises(OSError, match=r"(?i)unrecognized|alert|eof|reset"):
        site.visitor.call("elsewhere.test/")


def test_deep_links_and_addresses_that_are_none(site: Site) -> None:
    assert b'<div id="root"' in site.visitor.call(f"{PAGE}/story/01a2b3c4-0000-7000-8000-000000000000", Accept="text/html").body
    missing = site.visitor.call(f"{API}/stories/01a2b3c4-0000-7000-8000-000000000000", Origin=f"https://{PAGE}")
    assert missing.status == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.headers["access-control-allow-origin"] == f"https://{PAGE}", "a page may read why something is missing"
    for host in (PAGE, API):
        assert site.visitor.call(f"{host}/metrics").status == 404


def test_assets_are_small_and_stay(site: Site) -> None:
    name = next(path.name for path in (ROOT / "web/dist/assets").glob("*.js") if path.with_name(f"{path.name}.br").is_file())
    brotli = site.visitor.call(f"{PAGE}/assets/{name}", Accept_Encoding="br, gzip")
    gzip = site.visitor.call(f"{PAGE}/assets/{name}", Accept_Encoding="gzip")
    plain = site.visitor.call(f"{PAGE}/assets/{name}")
    assert [one.headers.get("content-encoding") for one in (brotli, gzip, plain)] == ["br", "gzip", None]
    assert len(brotli.body) < len(gzip.body) < len(plain.body)
    assert plain.body == (ROOT / "web/dist/assets" / name).read_bytes()
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    lost = site.visitor.call(f"{PAGE}/assets/gone-12345678.js")
    assert (lost.status, "immutable" in lost.headers.get("cache-control", "")) == (404, False)


@pytest.mark.parametrize("origin", [f"https://{PAGE}", f"https://{WWW}", "https://partner.test"])
def test_the_blog_posts_client_works_from_an_allowed_origin(site: Site, origin: str) -> None:
    preflight = site.visitor.call(
        f"{API}/prompts", "OPTIONS", Origin=origin, Access_Control_Request_Method="POST", Access_Control_Request_Headers="content-type"
    )
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    made = site.visitor.call(f"{API}/prompts", "POST", {"content": "Ein Fuchs"}, Origin=origin)
    assert made.status == 201
    shown = site.visitor.call(f"{API}/prompts", Origin=origin)
    assert made.json["id"] in [prompt["id"] for prompt in shown.json]
    gone = site.visitor.call(f"{API}/prompts/{made.json['id']}", "DELETE", Origin=origin)
    assert gone.status in {200, 204}
    for answer in (made, shown, gone):
        assert answer.headers["access-control-allow-origin"] == origin, "once, and exactly"
        assert answer.headers["x-trace-id"]
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize("origin", [f"https://{PAGE}.evil.net", f"https://evil-{PAGE}", f"http://{PAGE}", "null"])
def test_a_look_alike_is_let_nothing_read(site: Site, origin: str) -> None:
    for method in ("OPTIONS", "GET"):
        answer = site.visitor.call(f"{API}/prompts", method, Origin=origin, Access_Control_Request_Method="GET")
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_a_trace_id_goes_from_the_gateway_to_the_last_log_line(site: Site) -> None:
    kept = site.visitor.call(f"{API}/healthz", X_Trace_Id="my-trace-0123456789")
    assert kept.headers["x-trace-id"] == "my-trace-0123456789"
    replaced = site.visitor.call(f"{API}/prompts", X_Trace_Id='x" onload="')
    assert re.fullmatch(r"[0-9a-f]{32}", replaced.headers["x-trace-id"])
    token = "ImFubmFAZXhhbXBsZS5jb20i.aSN1bg.k2j3h4k5j6h7k8j9h0"
    site.visitor.call(f"{API}/auth/confirm/{token}")
    lines = site.machine.inside("cat /var/log/nginx/storybot.json")
    assert token not in lines
    assert '"path":"/auth/confirm/-"' in lines
    assert '"trace":{"id":"my-trace-0123456789"}' in lines
    assert not [wrong for line in lines.splitlines() if (wrong := fields.problems(line))]
    wait_until(lambda: replaced.headers["x-trace-id"] in site.fab("logs", "--trace", replaced.headers["x-trace-id"]), 10, "the app's line")


def test_a_story_streams_without_being_held_back(site: Site) -> None:
    behind = "import time, urllib.request as u; t = time.perf_counter(); r = u.urlopen('http://127.0.0.1:5000/generations/ID/events'); r.read(1)"
    behind = f'python3 -c "{behind}; print(time.perf_counter() - t)"'
    added = []
    for _ in range(3):
        story = site.tell()
        reader = Reader(site.visitor, API, story)
        reader.start()
        wait_until(lambda one=reader: len(one.text) > 30, 20, "text by way of the gateway")
        generation = story["generation"]["id"]
        connection = site.visitor.connection(API)
        began = time.perf_counter()
        connection.request("GET", f"/generations/{generation}/events")
        with connection.getresponse() as answer:
            answer.read(1)
        added.append(time.perf_counter() - began - float(site.machine.inside(behind.replace("ID", generation))))
        connection.close()
        reader.join(60)
        assert (reader.failure, reader.ended, reader.breaks) == (None, "done", 0)
        assert_numbered(reader.text, WORDS)
    assert min(added) < 0.1, "seconds to the first byte, TLS and all, beyond the app's own"


def test_units_are_sound_and_hardened(site: Site) -> None:
    for service in (*SERVICES, "storybot-backup.service", "storybot-migrate.service", "storybot-restore-check.service"):
        said = site.machine.inside(f"systemd-analyze security --no-pager {service} | tail -n 1")
        found = re.search(r"(\d+\.\d+) ", said)
        assert found is not None, said
        assert float(found[1]) <= 2.0, said
    assert site.machine.inside("find /etc/systemd/system -maxdepth 1 -type f -name 'storybot-*' -exec systemd-analyze verify {} + 2>&1") == ""
    assert site.machine.inside("systemctl --failed --no-legend") == ""


def test_nothing_is_open_that_need_not_be(site: Site) -> None:
    writable = "find / -xdev \\( -path /proc -o -path /sys -o -path /tmp -o -path /var/tmp -o -path /run -o -path /dev \\) -prune -o"
    assert site.machine.inside(f"{writable} \\( -type f -o -type d \\) -perm -0002 -print") == ""
    assert site.machine.inside("find /srv/storybot -user storybot -print") == "", "the service owns none of its code"
    assert site.machine.inside("stat -c '%a %U' /var/lib/storybot /var/backups/storybot /etc/storybot/secrets").split() == [
        "700",
        "storybot",
        "700",
        "storybot",
        "700",
        "root",
    ]
    listening = site.machine.inside("ss -Htln | awk '{print $4}'").split()
    public = {one.rpartition(":")[2] for one in listening if not one.startswith(("127.", "[::1]"))}
    assert public == {"22", "80", "443"}
    rules = site.machine.inside("nft list ruleset")
    assert "policy drop" in rules
    refused = site.machine.inside("su deploy -c 'sudo -n systemctl stop storybot-web.service' 2>&1 || true")
    assert "password is required" in refused or "not allowed" in refused


def test_a_service_that_is_killed_comes_back(site: Site) -> None:
    for service in SERVICES:
        before = int(site.machine.inside(f"systemctl show {service} -p NRestarts --value"))
        site.machine.inside(f"systemctl kill -s KILL --kill-whom=main {service}")
        wait_until(
            lambda one=service, n=before: int(site.machine.inside(f"systemctl show {one} -p NRestarts --value")) == n + 1, 20, f"{service} again"
        )
    wait_until(lambda: site.visitor.call(f"{API}/readyz").status == 200, 30, "both again")


def _changed(tmp_path: Path, old: str, new: str, file: str) -> Path:
    """A copy of this working copy with one change."""
    root = tmp_path / "copy"
    for part in SCRATCH:
        source, target = ROOT / part, root / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    changed = (root / file).read_text()
    assert old in changed
    (root / file).write_text(changed.replace(old, new, 1))
    (root / "Makefile").write_text("build:\n")
    return root


class Load:
    """Requests one after the other, from several sides, for as long as something else happens."""

    def __init__(self, site: Site, sides: int = 3) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._site = site
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(path,), daemon=True) for path in ("healthz", "prompts", "stories")[:sides]]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def _ask(self, path: str) -> None:
        while not self._over.is_set():
            try:
                status = self._site.visitor.call(f"{API}/{path}").status
            except OSError as error:
                self.failures.append(f"{path}: {error}")
            else:
                self.answered += 1
                if status >= 400:
                    self.failures.append(f"{path}: {status}")
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(40)


def test_a_deployment_under_load_fails_no_request_and_loses_no_word(site: Site) -> None:
    before = site.released()
    site.model.until = WORDS // 3
    readers = [Reader(site.visitor, API, site.tell(f"A fox {number}")) for number in range(20)]
    for reader in readers:
        reader.start()
    with Load(site) as load:
        wait_until(lambda: all(len(reader.text) > 20 for reader in readers), 30, "text in all stories")
        said = site.fab("deploy")
        assert not any(reader.ended for reader in readers), "the deployment meets running stories"
        site.model.until = WORDS
        for reader in readers:
            reader.join(90)
    assert site.released() != before
    assert "installing" not in said, "the same lock file needs no new environment"
    assert load.failures == []
    assert load.answered > 50
    assert sum(reader.breaks for reader in readers) >= len(readers), "all were cut off and came back"
    for reader in readers:
        assert (reader.failure, reader.ended) == (None, "done")
        assert_numbered(reader.text, WORDS)
        passages = site.visitor.call(f"{API}/stories/{reader.story['id']}/passages").json
        assert passages[0]["text"] == reader.text
    links = site.machine.inside(f"stat -c %h /srv/storybot/releases/{before}/storybot/app.py")
    assert int(links) > 1, "what did not change is there once"


def test_a_broken_release_rolls_back_by_itself(site: Site, tmp_path: Path) -> None:
    before = site.released()
    root = _changed(tmp_path, "def serve(", "raise SystemExit('this release is broken')\n\n\ndef serve(", "storybot/web.py")
    found = site.try_fab("deploy", root=root)
    assert found.returncode != 0
    assert f"{before} is in use again and healthy" in found.stderr
    assert "this release is broken" in found.stderr
    assert site.released() == before
    assert site.visitor.call(f"{API}/readyz").status == 200
    assert "another deployment" not in found.stderr.lower()


def test_rollback_and_the_number_of_releases(site: Site) -> None:
    names = site.machine.inside("ls /srv/storybot/releases").split()
    now = site.released()
    assert "rolled back" in site.fab("rollback")
    assert site.released() < now
    assert "There is no release" in site.try_fab("rollback", "--to", "nowhere").stderr
    site.fab("rollback", "--to", now)
    assert site.released() == now
    assert len(names) <= KEPT + 1
    assert f"{now} (in use)" in site.fab("status")


def test_a_backup_is_made_checked_and_restored(site: Site) -> None:
    kept = site.tell("A story to keep")
    reader = Reader(site.visitor, API, kept)
    reader.start()
    reader.join(60)
    said = site.fab("backup")
    name = re.search(r"storybot-\d{8}T\d{6}Z\.tar\.gz", said)
    assert name is not None
    assert f"{name[0]} can be restored" in site.fab("restore-check")
    later = site.tell("A story that comes later")
    site.fab("restore", name[0], "--yes")
    assert site.visitor.call(f"{API}/stories/{later['id']}").status == 404
    assert site.visitor.call(f"{API}/stories/{kept['id']}").json["id"] == kept["id"]
    assert site.visitor.call(f"{API}/stories/{kept['id']}/passages").json[0]["text"] == reader.text
    metrics = site.machine.inside("cat /var/lib/prometheus/node-exporter/*.prom")
    assert "storybot_backup_last_success_timestamp_seconds" in metrics
    assert 'storybot_certificate_end_timestamp_seconds{host="stories.test"}' in metrics
    site.machine.inside(f"printf x | dd of=/var/backups/storybot/{name[0]} bs=1 seek=2000 conv=notrunc status=none")
    broken = site.try_fab("restore-check")
    assert broken.returncode != 0
    assert "damaged" in broken.stderr
    site.machine.inside(f"rm /var/backups/storybot/{name[0]}; systemctl reset-failed")


def test_secrets_are_put_and_replaced_out_of_sight(site: Site) -> None:
    for value in ("first-key-0123456789", "second-key-0123456789"):
        site.fab("secrets-put", "openai_api_key", given=value + "\n")
        story = site.tell()
        wait_until(lambda one=value: any(f"Bearer {one}" in str(asked) for asked in site.model.asked), 20, "the key at the model server")
        site.visitor.call(f"{API}/generations/{story['generation']['id']}/stop", "POST")
    assert site.fab("secrets-list").split() == ["openai_api_key"]
    assert site.machine.inside("stat -c '%a %U' /etc/storybot/secrets/openai_api_key") == "600 root"
    everywhere = "grep -rl key-0123456789 /var/log /var/lib/storybot/logs /etc /run/systemd/system /srv/storybot/current/storybot 2>/dev/null || true"
    assert site.machine.inside(everywhere) == "/etc/storybot/secrets/openai_api_key"
    assert "key-0123456789" not in site.machine.inside("journalctl --no-pager")
    assert "none of the secrets" in site.try_fab("secrets-put", "password", given="x\n").stderr


def test_the_certificate_renews_itself(site: Site) -> None:
    serial = "openssl x509 -noout -serial -in /etc/letsencrypt/live/stories.test/cert.pem"
    before = site.machine.inside(serial)
    site.machine.inside("systemctl start storybot-certificate.service")
    assert site.machine.inside(serial) != before, "ten days are less than certbot's thirty: it renews at once"
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"{site.machine.address}:443", "-servername", API], input="", capture_output=True, text=True
    ).stdout
    served = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=shown, capture_output=True, text=True).stdout.strip()
    assert served == site.machine.inside(serial), "the gateway serves the new one"
    assert "enabled" in site.machine.inside("systemctl is-enabled storybot-certificate.timer storybot-backup.timer")


def test_it_is_watched(site: Site) -> None:
    said = site.fab("watch")
    assert "alerts reach nobody yet" in said
    ask = "curl -s --data-urlencode 'query=up == 1' http://127.0.0.1:9090/api/v1/query"
    jobs = ("storybot-web", "storybot-worker", "node", "prometheus")
    wait_until(lambda: all(f'"job":"{job}"' in site.machine.inside(ask) for job in jobs), 60, "all four at Prometheus", every_s=1)
    ask = "curl -s --data-urlencode 'query=storybot_certificate_end_timestamp_seconds' http://127.0.0.1:9090/api/v1/query"
    wait_until(lambda: "stories.test" in site.machine.inside(ask), 60, "what only the host knows", every_s=1)
    listening = site.machine.inside("ss -Htln | awk '{print $4}'").split()
    assert {one.rpartition(":")[2] for one in listening if not one.startswith(("127.", "[::1]"))} == {"22", "80", "443"}


def test_people_are_looked_after_from_here(site: Site) -> None:
    site.fab("user", "add --admin ann@example.com", given="seven green kites over the harbour\n")
    assert "ann@example.com" in site.fab("user", "list")
    assert "seven green kites" not in site.machine.inside("journalctl --no-pager")


def test_a_server_with_another_key_is_refused(site: Site) -> None:
    known = site.folder / "known_hosts"
    right = known.read_text()
    other = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(site.folder / "other")], check=True)
    assert other.returncode == 0
    wrong = (site.folder / "other.pub").read_text().split()[:2]
    try:
        known.write_text(f"{site.machine.address} {' '.join(wrong)}\n")
        found = site.try_fab("status")
        assert found.returncode != 0
        assert "another key" in found.stderr
        known.write_text("")
        assert "not known yet" in site.try_fab("status").stderr
    finally:
        known.write_text(right)


def test_floods_are_turned_away_politely(site: Site) -> None:
    codes = subprocess.run(
        [
            "curl",
            "-sk",
            "--parallel",
            "--parallel-max",
            "60",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}\n",
            "--resolve",
            f"{API}:443:{site.machine.address}",
            f"https://{API}/healthz?n=[1-900]",
        ],
        capture_output=True,
        text=True,
    ).stdout.split()
    assert set(codes) == {"200", "429"}
    refused = wait_until(lambda: (answer := site.visitor.call(f"{API}/prompts", Origin=f"https://{PAGE}")).status and answer, 5, "an answer")
    assert refused.headers["access-control-allow-origin"] == f"https://{PAGE}"


def test_when_the_app_is_away_the_gateway_says_so(site: Site) -> None:
    site.machine.inside("systemctl stop storybot-web.socket storybot-web.service")
    try:
        api = site.visitor.call(f"{API}/prompts", Origin=f"https://{PAGE}")
        assert (api.status, api.headers["content-type"], api.json["type"]) == (503, "application/problem+json", "urn:storybot:problem:not-ready")
        assert api.headers["access-control-allow-origin"] == f"https://{PAGE}"
        assert api.headers["retry-after"] == "5"
        page = site.visitor.call(f"{PAGE}/", Accept="text/html")
        assert page.status == 503
        assert "Deine Geschichten sind sicher" in page.body.decode()
    finally:
        site.machine.inside("systemctl start storybot-web.socket storybot-web.service")
    wait_until(lambda: site.visitor.call(f"{API}/readyz").status == 200, 30, "the app again")


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None
works_with = "{head}"


def upgrade() -> None:
    op.add_column("stories", sa.Column("of_the_future", sa.String(length=10), nullable=True))
"""


def test_a_rollback_goes_back_past_a_migration_that_only_adds(site: Site, tmp_path: Path) -> None:
    before = site.released()
    root = _changed(tmp_path, '"""The database', '"""Of the future: the database', "storybot/schema.py")
    (root / "storybot/migrations/versions/9001_of_the_future.py").write_text(MIGRATION.format(head=schema.head()))
    site.fab("deploy", root=root)
    script = 'import sqlite3 as s; c = s.connect("/var/lib/storybot/storybot.sqlite3"); print(*c.execute("SELECT version_num FROM alembic_version"))'
    revision = f"runuser -u storybot -- /srv/storybot/current/venv/bin/python -c '{script}'"
    assert "9001" in site.machine.inside(revision)
    story = site.tell()
    site.fab("rollback")
    assert site.released() == before
    assert "9001" in site.machine.inside(revision)
    assert site.visitor.call(f"{API}/stories/{story['id']}").status == 200
    again = site.tell()
    wait_until(
        lambda: site.visitor.call(f"{API}/generations/{again['generation']['id']}").json["state"] == "done", 60, "a story of the older release"
    )
