"""Containers: the compose file by docker-compose itself, what it says about safety, and the image's files as a running Storybot."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import containers
from deploy.logs.tasks import VERSION
from tests.processes.harness import ROOT, call, free_port, wait_until
from tests.requirements import need

DEPLOY = ROOT / "deploy"


def _versions() -> dict[str, str]:
    rows = [line for line in (DEPLOY / "versions.env").read_text().splitlines() if line and not line.startswith("#")]
    return dict(row.split("=", 1) for row in rows)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The compose file as docker-compose reads it: checked against its schema, with everything filled in."""
    need(shutil.which("docker-compose"), "docker-compose (apt-get install docker-compose)")
    words = ["docker-compose", "--env-file", str(DEPLOY / "versions.env"), "-f", str(DEPLOY / "compose.yaml")]
    names = ("metrics", "logs")
    profiles = [word for name in names for word in ("--profile", name)]
    found = subprocess.run([*words, *profiles, "config"], capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    assert found.returncode == 0, found.stderr
    assert not found.stderr, found.stderr
    read: dict[str, Any] = yaml.safe_load(found.stdout)
    return read


def test_every_image_is_pinned_by_the_one_file(stack: dict[str, Any]) -> None:
    raw = (DEPLOY / "compose.yaml").read_text()
    images = {name: service["image"] for name, service in stack["services"].items()}
    assert set(images) >= {"storybot", "prometheus", "alertmanager", "grafana", "elasticsearch", "logstash", "kibana"}
    for name, image in images.items():
        assert image == "storybot:local" or image.rpartition(":")[2] in _versions().values(), name
        assert "latest" not in image
    assert not re.search(r"image: \S+:v?\d", raw)
    assert _versions()["ELASTIC_VERSION"] == VERSION
    assert {f"{name}" for name in _versions()} == set(re.findall(r"\$\{([A-Z]+_VERSION)", raw))


def test_ports_are_on_loopback_and_nothing_has_a_password_of_its_own(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        for port in service.get("ports", []):
            address = port if isinstance(port, str) else port.get("host_ip", "")
            assert str(address).startswith("127.0.0.1"), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name != "certificates":
            assert service["cap_drop"] == ["ALL"], name
    for name, service in stack["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert "PASSWORD" not in variable or str(value).startswith("/run/secrets/"), f"{name}: {variable}"
    assert stack["networks"]["inside"]["internal"] is True


def test_what_runs_on_has_a_health_check_and_what_is_mounted_is_there(stack: dict[str, Any]) -> None:
    once = {"certificates", "prepare", "pages"}
    for name, service in stack["services"].items():
        assert "healthcheck" in service or name in once or name == "storybot", name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0] if isinstance(volume, str) else volume["source"]
            if source.startswith(("/", ".")):
                assert Path(source).exists(), source
            else:
                assert source in stack["volumes"], source
    assert "HEALTHCHECK" in (DEPLOY / "Dockerfile").read_text()


def test_the_made_files_are_what_the_modules_make() -> None:
    for name, text in containers.contents().items():
        assert (containers.FOLDER / name).read_text() == text, f"{name}: python -m deploy.containers"
    assert yaml.safe_load((containers.FOLDER / "elasticsearch.yml").read_text())["xpack.security.enabled"] is True
    assert "https://elasticsearch:9200" in (containers.FOLDER / "logstash.conf").read_text()
    source = yaml.safe_load((containers.FOLDER / "datasource.yml").read_text())["datasources"][0]["uid"]
    assert source in (containers.FOLDER / "dashboards/storybot-host.json").read_text()
    if shutil.which("promtool"):
        made = (containers.FOLDER / "prometheus.yml").read_text().replace("/etc/prometheus/rules/*s.yml", str(DEPLOY / "watch/rules/alerts.yml"))
        checked = subprocess.run(["promtool", "check", "config", "/dev/stdin"], input=made, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_passwords_are_made_once_and_are_nobodys_guess(tmp_path: Path) -> None:
    script = tmp_path / "containers/make-secrets"
    script.parent.mkdir()
    shutil.copy(DEPLOY / "containers/make-secrets", script)
    for _ in range(2):
        subprocess.run([str(script)], check=True, capture_output=True)
        made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(made) == {"elastic_password", "grafana_password"}
    assert len(set(made.values())) == 2
    for file in (tmp_path / "secrets").iterdir():
        assert len(file.read_text()) >= 24
        assert file.stat().st_mode & 0o077 == 0
    subprocess.run([str(script)], check=True, capture_output=True)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/elastic_password"], cwd=ROOT)
    assert ignored.returncode == 0


def _stages() -> list[list[str]]:
    joined = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    rows = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    at = [number for number, row in enumerate(rows) if row.startswith("FROM ")]
    return [rows[start:end] for start, end in zip(at, [*at[1:], len(rows)], strict=True)]


def test_the_image_has_all_that_a_running_storybot_needs_and_no_more(tmp_path: Path) -> None:
    need((ROOT / "web/dist/index.html").is_file(), "the built page (make build)")
    last = _stages()[-1]
    app = tmp_path / "app"
    for row in last:
        if row.startswith("COPY ") and "--from=packages" not in row:
            *options, source, target = row.split()[1:]
            found = ROOT / ("web/dist" if options else source)
            place = app / target
            if found.is_dir():
                shutil.copytree(found, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, place)
    assert "USER storybot" in last
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[0] == "*"
    assert {row[1:] for row in allowed if row.startswith("!")} == {"storybot", "web", "requirements.lock", "deploy/__init__.py", "deploy/logs"}
    port = free_port()
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(app),
        "PYTHONDONTWRITEBYTECODE": "1",
        "STORYBOT_DATA_DIR": str(tmp_path / "data"),
        "STORYBOT_WEB_DIST": str(app / "web/dist"),
        "STORYBOT_OPEN_BROWSER": "off",
        "STORYBOT_PORT": str(port),
        "STORYBOT_METRICS_PORT": str(free_port()),
        "STORYBOT_METRICS_HOST": "127.0.0.1",
    }
    words = [sys.executable, "-P", "-m", *json.loads(next(row for row in last if row.startswith("ENTRYPOINT")).partition(" ")[2])[2:]]
    words += json.loads(next(row for row in last if row.startswith("CMD")).partition(" ")[2])
    with (tmp_path / "said").open("wb") as said:
        running = subprocess.Popen(words, cwd=app, env=variables, stdout=said, stderr=said)
    try:
        wait_until(lambda: _ready(port), 30, "the image's first 200")
        assert b"<html" in call(f"http://127.0.0.1:{port}/").body
        assert call(f"http://127.0.0.1:{port}/stories", "POST", {"prompt": "A fox"}).status == 201
    finally:
        running.terminate()
        running.wait(30)
    script = "import deploy.logs.prepare as p; print(p.__file__)"
    helped = subprocess.run([sys.executable, "-P", "-c", script], cwd=app, env=variables, capture_output=True)
    assert helped.stdout.decode().startswith(str(app)), helped.stderr


def _ready(port: int) -> bool:
    try:
        return call(f"http://127.0.0.1:{port}/readyz").status == 200
    except OSError:
        return False
