"""A start that cannot work ends at once with status 78 and one sentence that names the setting."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from storybot.settings import SettingsError, read_settings
from tests.processes.harness import PORTS, Overheard, Program, Server, call, environment, free_port

EX_CONFIG = 78

WRONG = {
    "PORT": ["http", "70000", "-1", ""],
    "HOST": ["0.0.0.0", "::", "192.0.2.1", "nowhere.invalid"],
    "ALLOW_PUBLIC_BIND": ["perhaps"],
    "METRICS_PORT": ["-1", "x"],
    "WORKER_METRICS_PORT": ["65536"],
    "CORS_ORIGINS": ["*", "example.com", "https://*.example.com", "https://example.com/path"],
    "API_PREFIX": ["api", "/a b"],
    "ENGINE": ["magic"],
    "OPENAI_BASE_URL": ["ftp://example.com", "example.com"],
    "OPENAI_API_KEY_FILE": ["/nowhere/at/all"],
    "STORYTELLER_PACE": ["-1", "fast", "nan"],
    "LIMITS": ["maybe"],
    "LEASE_S": ["0", "soon"],
    "LOG_LEVEL": ["LOUD"],
    "CONTEXT_TOKENS": ["12"],
    "OPEN_GENERATIONS": ["0"],
    "DATABASE_URL": ["nonsense", "nosuchdatabase://localhost/x"],
}
#: Those that `storybot run` is really started with, which all take the same way out.
STARTED = [
    ("PORT", "http"),
    ("HOST", "0.0.0.0"),
    ("CORS_ORIGINS", "*"),
    ("OPENAI_API_KEY_FILE", "/nowhere/at/all"),
    ("DATABASE_URL", "nonsense"),
    ("DATA_DIR", "{folder}/a file"),
    ("DATA_DIR", "/proc/nowhere"),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_each_wrong_value_is_one_sentence_with_the_variables_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.chdir(tmp_path)  # no `.env` here
    for known in [known for known in os.environ if known.startswith("STORYBOT_")]:
        monkeypatch.delenv(known)
    monkeypatch.setenv(f"STORYBOT_{name}", value)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    said = str(refused.value)
    assert f"STORYBOT_{name}" in said
    assert len(said.splitlines()) == 1
    assert said.endswith(".")


def _refused(program: Program) -> str:
    """The one sentence with which the program ended."""
    with program:
        try:
            status = program.wait(5)
        except subprocess.TimeoutExpired:
            pytest.fail(f"it did not refuse: {program.output}")
    said = program.output.strip()
    assert status == EX_CONFIG, said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1, said
    assert said.startswith("storybot: ")
    assert said.endswith(".")
    return said


@pytest.mark.parametrize(("name", "value"), STARTED)
def test_a_start_with_a_wrong_setting_is_refused(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "a file").write_text("not a folder")
    env = environment(tmp_path / "data", **{"PORT": free_port(), name: value.format(folder=tmp_path)})
    assert f"STORYBOT_{name}" in _refused(Program(tmp_path, "storybot", "run", env=env))


def test_a_wrong_key_is_never_shown(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", OPENAI_API_KEY="sk-geheim", PORT="x")
    assert "sk-geheim" not in _refused(Program(tmp_path, "storybot", "run", env=env))
    with Program(tmp_path, "storybot", "check-settings", env=environment(tmp_path / "data", OPENAI_API_KEY="sk-geheim")) as shown:
        assert shown.wait() == 0
    assert "STORYBOT_OPENAI_API_KEY=" in shown.output
    assert "sk-geheim" not in shown.output


def test_a_data_folder_that_is_in_use_is_named_and_left_alone(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as first:
        metrics = first.data / "run" / "metrics"
        before = sorted(metrics.glob("*.db"))
        said = _refused(Program(tmp_path, "storybot", "run", env=environment(first.data, PORT=free_port())))
        assert said.endswith(f"runs already with the data folder {first.data} (process {first.pid}): stop it, or set STORYBOT_DATA_DIR.")
        assert before
        assert sorted(metrics.glob("*.db")) == before
        assert call(f"{first.url}/healthz").status == 200


@pytest.mark.parametrize("name", ["PORT", "METRICS_PORT"])
def test_a_port_that_is_taken_is_named(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert port in PORTS
        env = environment(tmp_path / "data", **{"PORT": free_port(), name: port})
        assert f"STORYBOT_{name}" in _refused(Program(tmp_path, "storybot", "run", env=env))


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database that is up to date."""
    data: Path = tmp_path_factory.mktemp("upgraded") / "data"
    with Program(data.parent, "storybot", "db", "upgrade", env=environment(data)) as upgrade:
        assert upgrade.wait() == 0
    return data


@pytest.mark.parametrize(("command", "name"), [("web", "PORT"), ("web", "METRICS_PORT"), ("worker", "WORKER_METRICS_PORT")])
def test_a_port_that_is_taken_is_named_by_a_lone_program_too(tmp_path: Path, upgraded: Path, command: str, name: str) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        env = environment(upgraded, **{"PORT": free_port(), name: taken.getsockname()[1]})
        with Program(tmp_path, "storybot", command, env=env) as program:
            assert program.wait(20) == EX_CONFIG, program.output
        assert "Traceback" not in program.output
        assert f"STORYBOT_{name}" in program.output.strip().splitlines()[-1]


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_lone_program_without_its_tables_says_what_to_do(tmp_path: Path, command: str) -> None:
    env = environment(tmp_path / "data", PORT=free_port())
    with Program(tmp_path, "storybot", command, env=env) as program:
        assert program.wait(20) == EX_CONFIG, program.output
    assert "Traceback" not in program.output
    assert "storybot db upgrade" in program.output.strip().splitlines()[-1]


def test_a_key_from_a_file_reaches_the_model_server_with_the_trace_id(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    with Overheard(words=5) as model, Server(tmp_path / "data", OPENAI_API_KEY_FILE=tmp_path / "key", **model.settings) as server:
        answer = call(f"{server.url}/stories", "POST", {"prompt": "A whale"}, {"X-Trace-Id": "0123456789-whale"})
        assert server.ended(answer.json["generation"]["id"])["state"] == "done"
        [asked] = model.asked
        assert asked.headers["Authorization"] == "Bearer sk-from-a-file"
        assert asked.headers["X-Trace-Id"] == "0123456789-whale"
