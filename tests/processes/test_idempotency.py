"""`Idempotency-Key` under concurrency: of twenty requests at the same moment one makes it and all get it.

The web process runs alone, so that nothing that is answered changes between two answers.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes.harness import Answer, Server, call, query

COUNT = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data: Path = tmp_path_factory.mktemp("idempotency") / "data"
    with Server(data, command=("web", "--upgrade"), LIMITS="off") as running:
        yield running


def _at_once(count: int, ask: Callable[[int], Answer]) -> list[Answer]:
    """The answers to `count` requests that set out together."""
    barrier = threading.Barrier(count)
    answers: list[Answer | None] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        answers[number] = ask(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    came = [answer for answer in answers if answer is not None]
    assert len(came) == count
    return came


def _post(url: str, body: Any, key: str | None) -> Answer:
    return call(url, "POST", body, {"Idempotency-Key": key} if key else {}, timeout_s=30)


def _rows(server: Server, table: str) -> int:
    count: int = query(server.data, f"SELECT count(*) FROM {table}")[0][0]
    return count


def _assert_one(answers: list[Answer], status: int) -> Any:
    assert [answer.status for answer in answers] == [status] * len(answers), [answer.body for answer in answers]
    assert len({answer.body for answer in answers}) == 1, "the answers differ"
    return answers[0].json


def _assert_mismatch(answer: Answer) -> None:
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == "urn:storybot:problem:idempotency-mismatch"
    assert answer.json["status"] == 422


def test_twenty_requests_with_one_key_make_one_story(server: Server) -> None:
    before = {table: _rows(server, table) for table in ("stories", "passages", "generations", "steps")}
    body = {"prompt": "A dragon who is afraid of fire", "hero": {"name": "Mia"}}
    answers = _at_once(COUNT, lambda _: _post(f"{server.url}/stories", body, "one story"))
    story = _assert_one(answers, 201)
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert {table: _rows(server, table) - count for table, count in before.items()} == dict.fromkeys(before, 1)
    again = _post(f"{server.url}/stories", body, "one story")
    assert again.status == 201
    assert again.json == story


def test_the_same_key_with_another_body_is_refused(server: Server) -> None:
    _assert_one([_post(f"{server.url}/stories", {"prompt": "The first"}, "taken")], 201)
    before = _rows(server, "stories")
    for body in ({"prompt": "The second"}, {"prompt": "The first", "length": "long"}):
        _assert_mismatch(_post(f"{server.url}/stories", body, "taken"))
    assert _rows(server, "stories") == before


def test_of_two_bodies_that_race_for_one_key_one_wins(server: Server) -> None:
    before = _rows(server, "stories")
    answers = _at_once(COUNT, lambda number: _post(f"{server.url}/stories", {"prompt": f"Number {number % 2}"}, "raced"))
    won = [answer for answer in answers if answer.status == 201]
    _assert_one(won, 201)
    assert len(won) == COUNT // 2
    for answer in answers:
        if answer.status != 201:
            _assert_mismatch(answer)
    assert _rows(server, "stories") == before + 1


@pytest.mark.parametrize(
    ("action", "status"), [({"action": "continue"}, 202), ({"action": "retry"}, 202), ({"action": "write", "text": "The end."}, 201)]
)
def test_twenty_requests_with_one_key_make_one_passage(server: Server, action: dict[str, str], status: int) -> None:
    story = _assert_one([_post(f"{server.url}/stories", {"prompt": "A story to go on with"}, None)], 201)
    call(f"{server.url}/generations/{story['generation']['id']}/stop", "POST")
    url = f"{server.url}/stories/{story['id']}/passages"
    before = _rows(server, "passages")
    key = f"one {action['action']} of {story['id']}"
    passage = _assert_one(_at_once(COUNT, lambda _: _post(url, action, key)), status)
    assert _rows(server, "passages") == before + 1
    assert call(f"{server.url}/stories/{story['id']}").json["head_id"] == passage["id"]
    assert (passage["generation"] is not None) == (status == 202)
    _assert_mismatch(_post(url, action | {"wish": "with a whale"}, key))
    assert _rows(server, "passages") == before + 1


def test_a_key_used_for_a_story_does_not_fit_a_passage(server: Server) -> None:
    story = _assert_one([_post(f"{server.url}/stories", {"prompt": "Once"}, "of a story")], 201)
    _assert_mismatch(_post(f"{server.url}/stories/{story['id']}/passages", {"action": "write", "text": "Twice"}, "of a story"))


def test_without_a_key_each_request_makes_its_own(server: Server) -> None:
    before = _rows(server, "stories")
    answers = _at_once(5, lambda _: _post(f"{server.url}/stories", {"prompt": "Five of them"}, None))
    assert len({answer.json["id"] for answer in answers}) == 5
    assert _rows(server, "stories") == before + 5
