"""The small parts: briefs, titles, trace ids, times, ids, idempotency keys, prompts, offers, the prefix, log lines."""

import contextlib
import io
import json
import logging
import re
import sys
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from storybot import idempotency, logs, offers, prompts, trace
from storybot.brief import AGE_BANDS, LANGUAGES, LENGTHS, Brief, Companion, Hero
from storybot.clock import iso, now
from storybot.db import writing
from storybot.errors import IdempotencyMismatch, Invalid, NotFound
from storybot.ids import new_id
from storybot.models import LOCAL_OWNER_ID, Configuration, Owner
from storybot.prefix import Prefix
from storybot.settings import Settings, read_settings
from storybot.stories import Choice, create
from storybot.titles import MAX_CHARS, title_from_prompt
from tests.local import tiny

TEXT = st.text(min_size=1, max_size=20)
HEROES = st.builds(
    Hero,
    name=TEXT,
    pronouns=st.none() | TEXT,
    age=st.none() | st.integers(0, 120),
    looks=st.none() | TEXT,
    traits=st.lists(TEXT, max_size=3).map(tuple),
    likes=st.lists(TEXT, max_size=3).map(tuple),
    fears=st.lists(TEXT, max_size=3).map(tuple),
)
BRIEFS = st.builds(
    Brief,
    prompt=TEXT,
    language=st.sampled_from(LANGUAGES),
    age_band=st.sampled_from(AGE_BANDS),
    length=st.sampled_from(LENGTHS),
    hero=st.none() | HEROES,
    companions=st.lists(st.builds(Companion, name=TEXT, kind=st.none() | TEXT), max_size=3).map(tuple),
    place=st.none() | TEXT,
    tone=st.none() | TEXT,
    genre=st.none() | TEXT,
    moral=st.none() | TEXT,
)


@given(BRIEFS)
def test_a_brief_comes_back_as_it_was_kept(brief: Brief) -> None:
    kept = brief.to_json()
    assert Brief.from_json(json.loads(json.dumps(kept))) == brief
    assert {"prompt", "language", "age_band", "length"} <= set(kept)
    assert None not in kept.values()


@pytest.mark.parametrize(
    "kept", [{}, {"prompt": 1}, {"prompt": "x", "language": "fr"}, {"prompt": "x", "age_band": "7"}, {"prompt": "x", "hero": {}}]
)
def test_what_is_no_brief_is_refused(kept: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        Brief.from_json(kept)


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a dragon who is afraid of fire.", "A dragon who is afraid of fire"),
        ("Ein Bär. Er sucht Honig.", "Ein Bär"),
        ("Wo ist der Mond? Mia sucht ihn.", "Wo ist der Mond?"),
        ("„Komm mit!“ ruft der Fuchs", "Komm mit!“ ruft der Fuchs"),
        ("  two\n\n lines\tof it ", "Two lines of it"),
        ("...", "..."),
        ("x" * 100, "X" + "x" * 59 + " …"),
        ("äpfel und birnen", "Äpfel und birnen"),
    ],
)
def test_titles(prompt: str, title: str) -> None:
    assert title_from_prompt(prompt) == title


def test_a_long_title_is_cut_at_a_word() -> None:
    made = title_from_prompt("An otter who builds a lighthouse, alone, on the edge of the very last sea of all")
    assert made == "An otter who builds a lighthouse, alone, on the edge of the …"


@given(st.text(min_size=1, max_size=300).filter(str.strip))
def test_a_title_is_never_empty_and_never_long(prompt: str) -> None:
    made = title_from_prompt(prompt)
    assert made.strip()
    assert len(made) <= MAX_CHARS + 4  # two for the dots; a letter may become three where it is made a capital
    assert "\n" not in made


GOOD_PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given_id", ["abcd1234", "a" * 64, "A-b-C-1-2-3", "4bf92f3577b34da6a3ce929d0e0e4736"])
def test_a_well_formed_trace_id_is_taken(given_id: str) -> None:
    assert trace.trace_id_of(given_id, GOOD_PARENT) == given_id


HOSTILE = ["", "short", "a" * 65, "-abcdefgh", "abcdefgh\n", "abcdefgh\r\nSet-Cookie: x", "abc defgh", "<script>", "äbcdefgh", "abcdefg\x00"]


@pytest.mark.parametrize("hostile", [*HOSTILE, "１２３４５６７８"])
def test_a_hostile_trace_id_is_replaced(hostile: str) -> None:
    made = trace.trace_id_of(hostile, "")
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert trace.trace_id_of(hostile, GOOD_PARENT) == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    "parent",
    [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        GOOD_PARENT.upper(),
        GOOD_PARENT + "-more",
        GOOD_PARENT + "\n",
        "nonsense",
    ],
)
def test_a_malformed_traceparent_is_replaced(parent: str) -> None:
    assert trace.trace_id_of("", parent) not in parent.lower()


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}", fullmatch=True))
def test_whatever_id_there_is_makes_a_traceparent(trace_id: str) -> None:
    made = trace.traceparent_of(trace_id)
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    folded = trace.trace_id_of("", made)
    assert folded == made.split("-")[1]
    assert trace.traceparent_of(trace_id).split("-")[1] == folded
    assert trace.traceparent_of(folded).split("-")[1] == folded


def test_an_id_of_noughts_makes_a_valid_traceparent() -> None:
    made = trace.traceparent_of("0" * 32)
    assert made.split("-")[1] != "0" * 32
    assert trace.trace_id_of("", made) == made.split("-")[1]


def test_the_current_trace_id_is_put_back() -> None:
    before = trace.current_trace_id()
    with trace.tracing("outer-id"):
        with contextlib.suppress(KeyError), trace.tracing("inner-id"):
            assert trace.current_trace_id() == "inner-id"
            raise KeyError
        assert trace.current_trace_id() == "outer-id"
    assert trace.current_trace_id() == before


def test_times_are_utc_with_a_z() -> None:
    assert now().tzinfo is UTC
    assert iso(None) is None
    assert iso(datetime(2026, 1, 2, 3, 4, 5, 678_900)) == "2026-01-02T03:04:05.678Z"  # noqa: DTZ001
    east = timezone(timedelta(hours=2))
    assert iso(datetime(2026, 1, 2, 1, 0, tzinfo=east)) == "2026-01-01T23:00:00.000Z"


def test_ids_sort_by_the_time_of_their_making() -> None:
    made = [new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert {uuid.UUID(one).version for one in made} == {7}


def test_a_fingerprint_depends_on_what_and_where_and_not_on_order() -> None:
    print_ = idempotency.fingerprint("stories", {"a": 1, "b": {"c": [1, 2], "d": None}})
    assert print_ == idempotency.fingerprint("stories", {"b": {"d": None, "c": [1, 2]}, "a": 1})
    others = [("stories", {"a": 1}), ("stories", {"a": 1, "b": {"c": [2, 1], "d": None}}), ("passages", {"a": 1, "b": {"c": [1, 2], "d": None}})]
    assert print_ not in {idempotency.fingerprint(where, asked) for where, asked in others}


def test_a_key_gives_what_it_made_and_belongs_to_one_person(session: Session) -> None:
    with writing(session):
        begun = create(session, LOCAL_OWNER_ID, Brief(prompt="x"), Choice("storyteller"))
        assert idempotency.made_before(session, LOCAL_OWNER_ID, "key", "print") is None
        idempotency.remember(session, LOCAL_OWNER_ID, "key", "print", begun.story.id, begun.first.id)
        idempotency.remember(session, LOCAL_OWNER_ID, None, "print", begun.story.id, begun.first.id)
    found = idempotency.made_before(session, LOCAL_OWNER_ID, "key", "print")
    assert found is not None
    assert (found.story_id, found.passage_id) == (begun.story.id, begun.first.id)
    assert idempotency.made_before(session, LOCAL_OWNER_ID, None, "print") is None
    assert idempotency.made_before(session, "somebody-else", "key", "other") is None
    with pytest.raises(IdempotencyMismatch):
        idempotency.made_before(session, LOCAL_OWNER_ID, "key", "other")


def test_prompts_are_kept_deleted_and_brought_back(session: Session) -> None:
    with writing(session):
        session.add(Owner(id="another"))
        session.flush()
        foreign = prompts.add(session, "another", "not yours")
        one, two = (prompts.add(session, LOCAL_OWNER_ID, content) for content in ("one", "two"))
        prompts.remove(session, LOCAL_OWNER_ID, one.id)
    assert [kept.content for kept in prompts.kept(session, LOCAL_OWNER_ID)] == ["two"]
    for refused in (
        lambda: prompts.remove(session, LOCAL_OWNER_ID, one.id),
        lambda: prompts.find(session, LOCAL_OWNER_ID, foreign.id),
        lambda: prompts.restore(session, LOCAL_OWNER_ID, foreign.id),
        lambda: prompts.find(session, LOCAL_OWNER_ID, 10**30),
    ):
        with pytest.raises(NotFound):
            refused()
    with writing(session):
        assert prompts.restore(session, LOCAL_OWNER_ID, one.id).content == "one"
    assert [kept.content for kept in prompts.kept(session, LOCAL_OWNER_ID)] == ["two", "one"]
    assert two.id > one.id


OPENAI = {"openai_base_url": "https://me:word@models.example:8443/v1", "openai_model": "big"}


def _settings(tmp_path: Any, **more: Any) -> Settings:
    return read_settings(data_dir=tmp_path, **more)


def test_offers_say_where_the_text_goes(tmp_path: Any) -> None:
    storyteller, openai, local = offers.offers(_settings(tmp_path))
    assert (storyteller.available, storyteller.default, storyteller.host) == (True, True, None)
    assert (openai.available, openai.reason, openai.host) == (False, "engine-not-configured", None)
    assert (local.available, local.reason, local.host) == (False, "model-missing", None)
    storyteller, openai, _local = offers.offers(_settings(tmp_path, engine="openai", **OPENAI))
    assert (storyteller.default, openai.default, openai.available, openai.reason) == (False, True, True, None)
    assert (openai.host, openai.model, openai.models) == ("models.example", "big", ("big",))


def test_models_that_lie_in_the_folder_are_offered(tmp_path: Any) -> None:
    settings = _settings(tmp_path, local_model="tiny-b", engine="local")
    settings.models_path.mkdir()
    for name in ("tiny-a", "tiny-b"):
        tiny.make(settings.models_path / f"{name}.gguf")
    *_others, local = offers.offers(settings)
    assert (local.available, local.reason, local.default, local.host) == (True, None, True, None)
    assert (local.model, sorted(local.models)) == ("tiny-b", ["tiny-a", "tiny-b"])
    assert offers.choose(settings, Configuration(), {"engine": "local", "model": "tiny-a"}) == Choice("local", "tiny-a")


@pytest.mark.parametrize(
    ("wanted", "kept", "own", "chosen"),
    [
        ({}, None, (None, None), Choice("storyteller")),
        ({"engine": "openai"}, None, (None, None), Choice("openai", "big")),
        ({"engine": "openai", "model": "small"}, None, (None, None), Choice("openai", "small")),
        ({}, None, ("openai", "own"), Choice("openai", "own")),
        ({"engine": "openai"}, None, ("openai", "own"), Choice("openai", "big")),
        ({}, Choice("openai", "kept"), ("storyteller", None), Choice("openai", "kept")),
        ({"engine": "storyteller", "model": "x"}, Choice("openai", "kept"), (None, None), Choice("storyteller")),
        ({"engine": "openai"}, Choice("storyteller"), (None, None), Choice("openai", "big")),
    ],
)
def test_the_engine_is_the_requests_the_storys_the_readers_or_the_operators(
    tmp_path: Any, wanted: dict[str, Any], kept: Choice | None, own: tuple[str | None, str | None], chosen: Choice
) -> None:
    configuration = Configuration(engine=own[0], model=own[1])
    assert offers.choose(_settings(tmp_path, **OPENAI), configuration, wanted, kept) == chosen


def test_an_engine_that_is_not_set_up_is_refused(tmp_path: Any) -> None:
    with pytest.raises(Invalid) as caught:
        offers.choose(_settings(tmp_path), Configuration(), {"engine": "openai"})
    assert caught.value.facts["reason"] == "engine-not-configured"
    assert caught.value.facts["errors"][0]["pointer"] == "/engine"


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [
        ("/api", "/api/stories", ("/api", "/stories")),
        ("/api", "/api", ("/api", "/")),
        ("/api", "/api/", ("/api", "/")),
        ("/api", "/apiary", ("", "/apiary")),
        ("/api", "/stories", ("", "/stories")),
        ("", "/stories", ("", "/stories")),
    ],
)
def test_the_prefix_moves_into_the_scripts_name(prefix: str, path: str, expected: tuple[str, str]) -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return [b""]

    Prefix(app, prefix)({"PATH_INFO": path, "SCRIPT_NAME": ""}, None)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == expected
    assert seen.get("storybot.prefixed", False) == bool(expected[0])


def _record(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("storybot.test").makeRecord("storybot.test", logging.INFO, __file__, 1, message, (), None, extra=extra)


def test_a_log_line_is_one_json_object_with_the_trace_id() -> None:
    with trace.tracing("trace-of-this"):
        record = _record("generation\nfinished", **{"generation.id": "g", "tokens": 3})
        assert logs.TraceFilter("worker").filter(record)
    line = logs.EcsFormatter().format(record)
    assert "\n" not in line
    shown = json.loads(line)
    assert shown["message"] == "generation\nfinished"
    assert shown["trace"] == {"id": "trace-of-this"}
    assert shown["service"] == {"name": "storybot", "node": {"role": "worker"}}
    assert (shown["storybot"], shown["log.level"]) == ({"generation": {"id": "g"}, "tokens": 3}, "info")


def test_a_trace_id_that_a_line_brings_along_is_kept() -> None:
    record = _record("x", **{"trace.id": "its-own-id"})
    with trace.tracing("another-id"):
        logs.TraceFilter("web").filter(record)
    assert json.loads(logs.EcsFormatter().format(record))["trace"] == {"id": "its-own-id"}


def test_lines_go_to_the_file_and_to_stdout(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = logging.getLogger(), io.StringIO()
    kept, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stdout", out)
    root.handlers[:] = []
    try:
        logs.setup_loggers(_settings(tmp_path, log_level="INFO"), "web")
        logging.getLogger("storybot.test").info("it works")
        logging.getLogger("storybot.test").debug("too fine")
        logging.getLogger("alembic.x").info("too chatty")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = kept
        root.setLevel(level)
    lines = (tmp_path / "logs" / "app.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["message"] for line in lines] == ["it works"]
    assert out.getvalue().splitlines() == lines
