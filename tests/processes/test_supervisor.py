"""`storybot run`: it keeps its children alive, says where it is, ends cleanly, and counts and logs what it should."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.product import cpu_s
from tests.processes.harness import Model, Server, assert_numbered, call, children, free_port, insist, is_alive, is_free, log_lines, wait_until
from tests.processes.reader import Reader, stream

KEY = "sk-geheim-0123456789abcdef"
PROMPT = "Rhabarberdrachenprompt"
HERO = "Quastenflosserine"
WISH = "Wunschwalfischwurst"
#: What must not stand in any log line; the last one is what the model server writes.
SECRETS = (KEY, PROMPT, HERO, WISH, "w3 w4")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("supervisor")
    (folder / "key").write_text(KEY + "\n")
    with Model(folder, words=20, rate=0) as model:
        metrics_port = free_port()
        settings = {**model.settings, "METRICS_PORT": metrics_port, "OPENAI_API_KEY_FILE": folder / "key"}
        with Server(folder / "data", **settings) as running:
            running.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"  # type: ignore[attr-defined]
            yield running


def _metrics(server: Server) -> dict[str, float]:
    """Every sample by its full name with labels. Source: Prometheus text format."""
    text = call(server.metrics_url).body.decode()  # type: ignore[attr-defined]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}


def test_the_address_is_printed(server: Server) -> None:
    wait_until(lambda: f"Storybot is at {server.url}/" in server.output, 5, "the address")
    assert f"API: {server.url}/docs" in server.output
    assert server.metrics_url in server.output  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_killed_child_is_started_again_within_a_second(server: Server, role: str) -> None:
    old = server.child(role)
    # One that dies right after its start is started again after a pause, so that a broken one does not spin.
    wait_until(lambda: time.time() - Path(f"/proc/{old}").stat().st_ctime > 2.2, 5, "a child of some age")
    os.kill(old, signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: children(server.pid).get(role, old) != old, 5, "a new child", every_s=0.005)
    seconds = time.monotonic() - killed
    print(f"{role} started again after {seconds:.2f} s")
    assert seconds < 1
    assert insist(f"{server.url}/healthz").status == 200
    story = server.tell(key=f"after the {role}")
    assert server.ended(story["generation"]["id"])["state"] == "done"


def test_the_metrics_have_the_seeds_names_and_the_generations(server: Server) -> None:
    before = _metrics(server)
    story = server.tell()
    reader = Reader(server, story)
    reader.start()
    reader.finish()
    server.ended(story["generation"]["id"])
    call(f"{server.url}/nowhere/at/all")
    call(f"{server.url}/api/stories")

    def grown() -> dict[str, float]:
        found = _metrics(server)
        return {name: value - before.get(name, 0) for name, value in found.items() if value != before.get(name, 0)}

    wait_until(lambda: 'storybot_generations_finished_total{engine="openai",outcome="done"}' in grown(), 5, "the generation's metrics")
    by_name = grown()
    assert by_name['flask_app_request_count_total{endpoint="/stories",http_status="201",method="POST"}'] == 1
    assert by_name['flask_app_request_count_total{endpoint="/stories",http_status="200",method="GET"}'] == 1
    assert by_name['flask_app_request_count_total{endpoint="__unmatched__",http_status="404",method="GET"}'] == 1
    assert by_name['flask_app_request_latency_seconds_count{endpoint="/stories",method="POST"}'] == 1
    assert by_name['flask_app_request_latency_seconds_bucket{endpoint="/stories",le="+Inf",method="POST"}'] == 1
    assert by_name['storybot_generations_started_total{engine="openai"}'] == 1
    assert by_name['storybot_generations_finished_total{engine="openai",outcome="done"}'] == 1
    assert by_name['storybot_tokens_total{engine="openai"}'] == 20
    assert by_name['storybot_time_to_first_text_seconds_count{engine="openai"}'] == 1
    assert by_name['storybot_generation_seconds_count{engine="openai"}'] == 1
    assert by_name["storybot_commit_seconds_count"] >= 1
    assert story["id"] not in str(by_name)


def test_the_gauges_show_what_is_open_and_forget_the_dead(server: Server) -> None:
    story = server.tell(model="fault-hangs")
    events = stream(server.url + story["generation"]["events"])
    reader = Reader(server, story)
    reader.start()
    wait_until(lambda: _metrics(server).get("storybot_open_generations") == 1, 5, "an open generation")
    wait_until(lambda: _metrics(server).get("storybot_open_streams") == 1, 5, "an open stream")
    os.kill(server.child("web"), signal.SIGKILL)
    wait_until(lambda: reader.breaks > 0 and _metrics(server).get("storybot_open_streams") == 1, 15, "the stream after the restart")
    assert insist(f"{server.url}/generations/{story['generation']['id']}/stop", "POST").status == 200
    assert reader.finish().terminal is not None
    wait_until(lambda: _metrics(server).get("storybot_open_generations") == 0, 5, "no open generation")
    wait_until(lambda: _metrics(server).get("storybot_open_streams") == 0, 5, "no open stream")
    events.close()


def test_metrics_are_not_on_the_public_port(server: Server) -> None:
    assert call(f"{server.url}/metrics").status == 404


def test_one_trace_id_from_the_request_to_the_workers_lines(server: Server) -> None:
    trace_id = "Story-0123456789-abcdef"
    answer = call(f"{server.url}/stories", "POST", {"prompt": "A whale"}, {"X-Trace-Id": trace_id})
    assert answer.status == 201
    assert answer.headers["x-trace-id"] == trace_id
    generation_id = answer.json["generation"]["id"]
    server.ended(generation_id)

    def lines() -> list[tuple[str, str]]:
        return [(line["service.node.role"], line["message"]) for line in log_lines(server.data) if line.get("trace.id") == trace_id]

    wanted = {("web", "request"), ("worker", "generation started"), ("worker", "generation finished")}
    wait_until(lambda: wanted <= set(lines()), 5, "the lines of this trace")
    for line in log_lines(server.data):
        if line.get("generation.id") == generation_id:
            assert line["trace.id"] == trace_id


def test_every_log_line_is_one_json_object_without_any_text_or_key(server: Server) -> None:
    body = {"prompt": PROMPT, "hero": {"name": HERO}}
    story = call(f"{server.url}/stories", "POST", body).json
    server.ended(story["generation"]["id"])
    assert_numbered(server.text(story["id"]), 20)
    url = f"{server.url}/stories/{story['id']}/passages"
    passage = call(url, "POST", {"action": "continue", "wish": WISH}).json
    server.ended(passage["generation"]["id"])
    call(url, "POST", {"action": "edit", "text": f"{PROMPT} {HERO}"})
    call(f"{server.url}/prompts", "POST", {"content": PROMPT})
    call(f"{server.url}/stories?q={HERO}")
    call(f"{server.url}/{PROMPT}?wish={WISH}")
    for wrong in ({"prompt": PROMPT * 400}, {"prompt": PROMPT, "engine": HERO}, {"prompt": [PROMPT]}, {"prompt": PROMPT, "model": "fault-400"}):
        answer = call(f"{server.url}/stories", "POST", wrong)
        if answer.status == 201:
            assert server.ended(answer.json["generation"]["id"])["state"] == "failed"
    for fault in ("401", "resets", "no-json", "html"):
        failed = call(f"{server.url}/stories", "POST", body | {"model": f"fault-{fault}"}).json
        assert server.ended(failed["generation"]["id"])["state"] == "failed"
    lines = log_lines(server.data)  # asserts that each is one JSON object
    assert len(lines) > 20
    for line in lines:
        assert {"@timestamp", "log.level", "message", "service.node.role"} <= set(line), line
    written = (server.data / "logs" / "app.log").read_text(encoding="utf-8") + server.output
    for secret in SECRETS:
        assert secret not in written
    assert re.findall(r"Once upon", written) == []


def test_ctrl_c_ends_cleanly_and_the_second_start_is_quick(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        server.send(signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.output
        assert "KeyboardInterrupt" not in server.output
        assert is_free(server.port)
        began = time.monotonic()
        super(Server, server).start()
        wait_until(server.is_ready, 60, "the first 200")
        pids = list(children(server.pid).values())
        # What a busy machine adds is not the program's: its work is counted, not the clock. Two processes share it.
        worked_s = sum(cpu_s(pid) for pid in (server.pid, *pids))
        print(f"second start to the first 200: {time.monotonic() - began:.1f} s, {worked_s:.1f} s of work")
        assert worked_s < 6
        # Impatience: Ctrl-C twice is no less clean than once.
        server.send(signal.SIGINT)
        server.send(signal.SIGINT)
        assert server.wait() == 0
        assert not any(is_alive(pid) for pid in pids)
        assert "Traceback" not in server.output


def test_with_leave_it_can_be_reached_from_elsewhere(tmp_path: Path) -> None:
    with Server(tmp_path / "data", HOST="0.0.0.0", ALLOW_PUBLIC_BIND=1) as server:
        assert f"Storybot is at {server.url}/" in wait_until(lambda: "Storybot is at" in server.output and server.output, 5, "the address")
