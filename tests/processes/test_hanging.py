"""What hangs is replaced."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.processes.harness import Server, children, insist, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hanging") / "data", ENGINE="storyteller", STORYTELLER_PACE="0", LEASE_S=2) as running:
        yield running


@pytest.mark.parametrize("role", ["worker", "web"])
def test_a_child_that_hangs_is_replaced_and_the_story_ends(server: Server, role: str) -> None:
    server.ended(server.tell(key=f"before the {role}")["generation"]["id"])
    old = server.child(role)
    os.kill(old, signal.SIGSTOP)
    if role == "worker":
        waiting = server.tell(key=f"while the {role} hangs")
    wait_until(lambda: children(server.pid).get(role, old) != old, 40, f"another {role}")
    if role == "web":
        assert insist(f"{server.url}/healthz").status == 200
        waiting = server.tell(key=f"after the {role}")
    assert server.ended(waiting["generation"]["id"])["state"] == "done"
    assert "gave no sign of life for 6 seconds" in server.output
