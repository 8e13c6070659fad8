"""Quotas: what one person may use, counted in the database, refused with the time when it works again."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from storybot import quotas
from storybot.clock import now
from storybot.db import writing
from storybot.models import Generation, Usage
from storybot.quotas import Quotas
from storybot.settings import Settings, read_settings
from storybot.worker import Worker
from tests.api.support import refused
from tests.conftest import Running, Visitor, a_worker, finish_all
from tests.fakes.engine import ScriptedEngine

SignedIn = Callable[..., Visitor]
SECRET = {"accounts": "on", "secret_key": "tests only, no secret at all, tests only"}


@pytest.fixture
def limited(another: Callable[..., FlaskClient], signed_in: SignedIn) -> Callable[..., Visitor]:
    """Somebody who is signed in at a server with these quotas: `limited(quota_stories=1)`."""

    def make(email: str = "anna@example.com", **settings: Any) -> Visitor:
        signed = signed_in(email)
        visitor = Visitor(another(**SECRET, **settings).application)
        cookie = signed.get_cookie("storybot")
        assert cookie is not None
        visitor.set_cookie("storybot", cookie.value)
        visitor.account_id, visitor.owner_id = signed.account_id, signed.owner_id
        return visitor

    return make


Limited = Callable[..., Visitor]


@pytest.fixture
def worker(database: Engine, settings: Settings, engine: ScriptedEngine) -> Running:
    """A worker of a server with accounts, at which a person may have ten tokens a day written."""
    with_accounts = read_settings(data_dir=settings.data_dir, quota_tokens=10, **SECRET)

    def run(body: Any) -> Any:
        async def inside() -> Any:
            async with a_worker(database, with_accounts, engine) as running:
                return await body(running)

        return asyncio.run(inside())

    return run


def _tell(whose: Visitor) -> Any:
    return whose.post("/stories", json={"prompt": "A whale"})


def _used(session: Session, owner_id: str) -> Usage:
    session.rollback()
    session.expire_all()
    return session.get_one(Usage, (owner_id, now().date()))


def _refusal(answer: Any, quota: str, limit: int) -> dict[str, Any]:
    problem = refused(answer, 429, "quota-exceeded")
    assert (problem["quota"], problem["limit"]) == (quota, limit)
    assert answer.headers["Retry-After"] == str(problem["retry_after_s"])
    assert 0 < problem["retry_after_s"] <= 24 * 3600
    return problem


# Stories


def test_stories_a_day(limited: Limited, session: Session) -> None:
    anna, berta = limited(quota_stories=2), limited("berta@example.com", quota_stories=2)
    assert [_tell(anna).status_code for _ in range(2)] == [201, 201]
    problem = _refusal(_tell(anna), "stories", 2)
    midnight = quotas.tomorrow()
    assert abs(problem["retry_after_s"] - (midnight - now()).total_seconds()) < 5
    assert _tell(berta).status_code == 201  # it is another's matter
    assert _used(session, anna.owner_id).stories == 2  # what was refused does not count
    with writing(session):
        session.execute(update(Usage).values(day=now().date() - timedelta(days=1)))
    assert _tell(anna).status_code == 201


def test_a_request_that_fails_or_repeats_does_not_count(limited: Limited, session: Session) -> None:
    anna, headers = limited(quota_stories=1), {"Idempotency-Key": "once"}
    assert anna.post("/stories", json={"prompt": "x", "prompt_id": 1}).status_code == 422
    for _ in range(2):
        assert anna.post("/stories", json={"prompt": "A whale"}, headers=headers).status_code == 201
    assert _used(session, anna.owner_id).stories == 1


def test_two_processes_count_together(limited: Limited) -> None:
    """Each app has its own memory; the database is one."""
    first, second = limited(quota_stories=2), limited(quota_stories=2)
    assert (_tell(first).status_code, _tell(second).status_code) == (201, 201)
    for one in (first, second):
        _refusal(_tell(one), "stories", 2)


def test_what_is_being_written(limited: Limited) -> None:
    anna = limited(quota_running=1)
    story = _tell(anna).json
    assert _refusal(_tell(anna), "running", 1)["retry_after_s"] < 60
    anna.post(f"/generations/{story['generation']['id']}/stop")
    assert _tell(anna).status_code == 201


def test_going_on_counts_as_being_written_and_not_as_a_story(limited: Limited, session: Session) -> None:
    anna = limited(quota_running=1, quota_stories=1)
    story = _tell(anna).json
    anna.post(f"/generations/{story['generation']['id']}/stop")
    path = f"/stories/{story['id']}/passages"
    assert anna.post(path, json={"action": "retry"}).status_code == 202
    _refusal(anna.post(path, json={"action": "continue", "passage_id": story["head_id"]}), "running", 1)
    assert _used(session, anna.owner_id).stories == 1


# Text


def test_text_that_is_kept(limited: Limited) -> None:
    anna = limited(quota_text=10)
    assert anna.post("/prompts", json={"content": "x" * 10}).status_code == 201
    for answer in (anna.post("/prompts", json={"content": "y"}), _tell(anna)):
        assert _refusal(answer, "text", 10)["retry_after_s"] == quotas.TEXT_S


def test_room_that_was_made_counts_at_once(limited: Limited, session: Session) -> None:
    anna = limited(quota_text=10, quota_running=9)
    story = _tell(anna).json
    anna.post(f"/generations/{story['generation']['id']}/stop")
    path = f"/stories/{story['id']}/passages"
    assert anna.post(path, json={"action": "write", "text": "x" * 10}).status_code == 201
    for body in ({"action": "write", "text": "y"}, {"action": "edit", "text": "y"}, {"action": "continue"}):
        _refusal(anna.post(path, json=body), "text", 10)
    assert anna.delete(f"/stories/{story['id']}?forever=true").status_code == 204
    assert _tell(anna).status_code == 201


def test_an_edit_counts_the_copies_of_what_follows(limited: Limited, session: Session) -> None:
    anna = limited(quota_text=30, quota_running=9)
    story = _tell(anna).json
    anna.post(f"/generations/{story['generation']['id']}/stop")
    path = f"/stories/{story['id']}/passages"
    first = anna.post(path, json={"action": "write", "text": "x" * 5}).json
    anna.post(path, json={"action": "write", "text": "y" * 12})
    edit = {"action": "edit", "passage_id": first["id"]}
    _refusal(anna.post(path, json=edit | {"text": "z" * 2}), "text", 30)
    assert anna.post(path, json=edit | {"text": "z"}).status_code == 201
    assert quotas.kept_chars(session.connection(), anna.owner_id) == 5 + 12 + 1 + 12


# Tokens


def test_tokens_are_counted_when_a_passage_has_ended(limited: Limited, session: Session, engine: ScriptedEngine, worker: Running) -> None:
    anna = limited(quota_tokens=10)
    engine.enqueue("Once", " upon", " a time.")
    _tell(anna)
    worker(finish_all)
    assert _used(session, anna.owner_id).tokens == 3
    assert session.scalars(select(Generation.tokens)).all() == [3]


def test_nobody_begins_more_when_the_days_tokens_are_used_up(limited: Limited, session: Session, engine: ScriptedEngine, worker: Running) -> None:
    anna, berta = limited(quota_tokens=3), limited("berta@example.com", quota_tokens=3)
    engine.enqueue("Once", " upon", " a time.")
    story = _tell(anna).json
    worker(finish_all)
    _refusal(_tell(anna), "tokens", 3)
    _refusal(anna.post(f"/stories/{story['id']}/passages", json={"action": "continue"}), "tokens", 3)
    assert _tell(berta).status_code == 201
    assert anna.post(f"/stories/{story['id']}/passages", json={"action": "write", "text": "The end."}).status_code == 201


def test_what_waited_too_long_ends_with_the_reason(limited: Limited, session: Session, engine: ScriptedEngine, worker: Running) -> None:
    """The worker asks once more when it takes something on; nothing is cut off in the middle."""
    anna = limited()
    engine.enqueue(*["word "] * 12)
    first = _tell(anna).json
    worker(finish_all)
    second = _tell(anna).json  # here more is allowed than at the worker
    worker(finish_all)
    assert anna.get(f"/stories/{first['id']}").json["state"] == "done"
    ended = anna.get(f"/generations/{second['generation']['id']}").json
    assert ended["state"] == "failed"
    assert ended["problem"]["type"] == "urn:storybot:problem:quota-exceeded"
    assert (ended["problem"]["quota"], ended["problem"]["limit"]) == ("tokens", 10)
    assert b"event: failed" in anna.get(second["generation"]["events"]).data
    assert len(engine.orders) == 1


@pytest.mark.parametrize("stop", [False, True])
def test_tokens_of_a_worker_that_died_count_once(
    limited: Limited, session: Session, database: Engine, settings: Settings, engine: ScriptedEngine, stop: bool
) -> None:
    anna = limited()
    with_accounts = read_settings(data_dir=settings.data_dir, **SECRET)
    engine.enqueue("Once", " upon", asyncio.Event())
    story = _tell(anna).json

    async def body() -> None:
        dead = Worker(database, {"storyteller": lambda: engine}, with_accounts)
        await dead.register()
        for _ in range(4):
            await dead.step()
            await asyncio.sleep(0)
        assert dead._registration is not None
        dead._registration._lock.close()
        if stop:
            assert anna.post(f"/generations/{story['generation']['id']}/stop").status_code == 200
        async with a_worker(database, with_accounts, engine) as other:
            engine.enqueue(" a time.")
            await other.step()
            assert _used(session, anna.owner_id).tokens == 2
            await finish_all(other)
        await dead.leave()

    asyncio.run(body())
    assert _used(session, anna.owner_id).tokens == (2 if stop else 3)
    assert session.scalars(select(Generation.tokens)).all() == [2 if stop else 3]


def test_tokens_of_a_worker_that_goes_in_peace_count_once(limited: Limited, session: Session, engine: ScriptedEngine, worker: Running) -> None:
    anna = limited()
    engine.enqueue("Once", " upon", asyncio.Event())
    _tell(anna)

    async def some_steps(running: Worker) -> None:
        for _ in range(4):
            await running.step()
            await asyncio.sleep(0)

    worker(some_steps)
    assert _used(session, anna.owner_id).tokens == 2
    engine.enqueue(" a time.")
    worker(finish_all)
    assert _used(session, anna.owner_id).tokens == 3


# Requests


def test_requests_a_minute_by_person(limited: Limited) -> None:
    anna, berta = limited(quota_requests=5), limited("berta@example.com", quota_requests=5)
    assert [anna.get("/prompts").status_code for _ in range(5)] == [200] * 5
    problem = _refusal(anna.get("/prompts"), "requests", 5)
    assert problem["retry_after_s"] <= 60
    assert berta.get("/prompts").status_code == 200


def test_requests_are_written_down_now_and_then(limited: Limited, session: Session, database: Engine) -> None:
    anna = limited()
    traffic = anna.application.extensions["storybot"].accounts.traffic
    for _ in range(3):
        anna.get("/prompts")
    traffic.write_down(database)
    assert _used(session, anna.owner_id).requests == 3
    anna.get("/prompts")
    traffic.write_down(database)
    traffic.write_down(database)
    assert _used(session, anna.owner_id).requests == 4


def test_a_household_counts_as_one_address(another: Callable[..., FlaskClient]) -> None:
    visitor = another(**SECRET, requests_per_minute=2)
    rest = [visitor.get("/auth/session", environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{last}"}).status_code for last in (1, 2, 3)]
    assert rest == [200, 200, 429]
    assert visitor.get("/auth/session", environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"}).status_code == 200


def test_the_address_is_limited_too(another: Callable[..., FlaskClient]) -> None:
    visitor = another(**SECRET, requests_per_minute=2)
    assert [visitor.get("/auth/session").status_code for _ in range(3)] == [200, 200, 429]


# Uploads


def test_uploads_a_day(session: Session, limited: Limited) -> None:
    anna = limited()
    allowed = Quotas(anna.application.extensions["storybot"].settings.model_copy(update={"quota_uploads": 100}))
    with writing(session):
        allowed.allow_upload(session.connection(), anna.owner_id, 60)
        allowed.allow_upload(session.connection(), anna.owner_id, 40)
    with pytest.raises(quotas.QuotaExceeded) as refusal, writing(session):
        allowed.allow_upload(session.connection(), anna.owner_id, 1)
    assert (refusal.value.facts["quota"], refusal.value.facts["limit"]) == ("uploads", 100)
    assert _used(session, anna.owner_id).uploads == 100


# For some more, for some less


def test_an_administrator_gives_somebody_other_quotas(limited: Limited, signed_in: SignedIn) -> None:
    anna, berta = limited(quota_stories=1, quota_running=9), limited("berta@example.com", quota_stories=1, quota_running=9)
    admin = signed_in("admin@example.com", "admin")
    shown = admin.patch(f"/admin/accounts/{anna.account_id}", json={"quotas": {"stories": 2}})
    assert shown.json["quotas"] == {"stories": 2}
    assert [_tell(anna).status_code for _ in range(2)] == [201, 201]
    _refusal(_tell(anna), "stories", 2)
    assert _tell(berta).status_code == 201
    _refusal(_tell(berta), "stories", 1)
    assert admin.patch(f"/admin/accounts/{anna.account_id}", json={"quotas": {"stories": None, "tokens": 0}}).json["quotas"] == {"tokens": 0}
    _refusal(anna.post("/stories", json={"prompt": "x"}), "stories", 1)


def test_one_sees_what_one_used(limited: Limited, session: Session) -> None:
    anna = limited(quota_stories=7)
    _tell(anna)
    anna.post("/prompts", json={"content": "four"})
    shown = anna.get("/auth/usage").json
    by_name = {one["quota"]: (one["used"], one["limit"]) for one in shown["quotas"]}
    assert by_name["stories"] == (1, 7)
    assert by_name["running"] == (1, 4)
    assert by_name["text"] == (4, 20_000_000)
    assert set(by_name) == set(quotas.NAMES) - {"requests"}
    assert date.fromisoformat(shown["day"]) == now().date()
    assert shown["resets_at"].endswith("T00:00:00.000Z")


# Where there are none


def test_without_accounts_there_are_none(another: Callable[..., FlaskClient], session: Session) -> None:
    client = another(quota_stories=0, quota_running=0, quota_tokens=0, quota_text=0)
    assert client.post("/prompts", json={"content": "x"}).status_code == 201
    assert client.post("/stories", json={"prompt": "x"}).status_code == 201
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Usage)) == 0


def test_nor_where_limits_are_off(limited: Limited) -> None:
    anna = limited(limits="off", quota_stories=0, quota_running=0, quota_tokens=0, quota_text=0, quota_requests=0)
    assert _tell(anna).status_code == 201
    assert {one["limit"] for one in anna.get("/auth/usage").json["quotas"]} == {None}
