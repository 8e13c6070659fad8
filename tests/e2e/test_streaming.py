"""The words on the page are exactly the words that were written, whatever happens meanwhile."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OTHER_READERS, PHONE, WORDS, Opening, Teller
from tests.e2e.seen import PASSAGES, assert_counted, await_numbers, numbers, page_texts, texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e
#: How far a story is told until the test has done what it does in mid-story.
HELD = 200


def _begin(server: Server, teller: Teller, language: str = "en", until: int = HELD) -> str:
    """The path of a story that is being told, up to this word."""
    teller.hold(until)
    story = server.tell("A story that counts", engine="openai", language=language)
    return f"/story/{story['id']}"


@pytest.mark.parametrize(("language", "size"), OTHER_READERS)
def test_a_reload_in_mid_story_goes_on_without_a_repeated_or_missing_word(
    opening: Opening, server: Server, teller: Teller, language: str, size: dict[str, int]
) -> None:
    page = opening(_begin(server, teller, language), language=language, size=size)
    assert_counted(await_numbers(page, 15))
    page.reload()
    assert_counted(await_numbers(page, 50))
    teller.go_on()
    assert_counted(await_numbers(page, WORDS), WORDS)
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    page.reload()
    assert_counted(await_numbers(page, WORDS), WORDS)


def test_a_second_device_sees_the_same_words(opening: Opening, server: Server, teller: Teller) -> None:
    path = _begin(server, teller)
    first = opening(path)
    await_numbers(first, 20)
    second = opening(path, size=PHONE)
    await_numbers(second, 20)
    teller.go_on()
    assert_counted(await_numbers(second, WORDS), WORDS)
    assert_counted(await_numbers(first, WORDS), WORDS)


@pytest.mark.parametrize("victims", [("web",), ("worker",), ("web", "worker")])
def test_the_story_outlives_killed_processes(opening: Opening, server: Server, teller: Teller, victims: tuple[str, ...]) -> None:
    page = opening(_begin(server, teller), allowed="ERR_")
    before = await_numbers(page, 15)
    for victim in victims:
        os.kill(server.child(victim), signal.SIGKILL)
    teller.go_on()
    assert_counted(await_numbers(page, WORDS), WORDS)
    assert_counted(before)
    wait_until(server.is_ready, 20, "a whole server")


def test_offline_is_a_state_and_what_was_read_stays(opening: Opening, server: Server, teller: Teller, language: str) -> None:
    page = opening(_begin(server, teller, language), language=language, allowed="ERR_")
    await_numbers(page, 10)
    page.context.set_offline(True)
    expect(page.get_by_text(page_texts(language)["app"]["offline"])).to_be_visible()
    # A stream that is open goes on all the same until it breaks; then no reconnect can succeed.
    os.kill(server.child("web"), signal.SIGKILL)
    dock = page.get_by_text(texts(language)["writing"]["offline"]).first
    expect(dock).to_be_visible()
    there = numbers(page)
    assert_counted(there)
    assert 10 <= len(there) < WORDS
    teller.go_on()
    page.context.set_offline(False)
    assert_counted(await_numbers(page, WORDS), WORDS)
    expect(dock).to_be_hidden()
    wait_until(server.is_ready, 20, "a whole server")


def test_stopping_keeps_the_text(opening: Opening, server: Server, teller: Teller, language: str) -> None:
    path = _begin(server, teller, language)
    page = opening(path, language=language)
    await_numbers(page, 12)
    page.get_by_role("button", name=texts(language)["writing"]["stop"], exact=True).click()
    wait_until(lambda: call(f"{server.url}/stories{path.removeprefix('/story')}").json["state"] == "stopped", 20, "the stop")
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    kept = numbers(page)
    assert_counted(kept)
    assert 12 <= len(kept) <= HELD
    page.reload()
    assert await_numbers(page, len(kept)) == kept


def test_nothing_moves_above_a_reader_who_scrolled_up(opening: Opening, server: Server, teller: Teller) -> None:
    page = opening(_begin(server, teller, until=100), size={"width": 390, "height": 420})
    # What might yet become a longer word is not shown.
    await_numbers(page, 99)
    page.mouse.move(190, 200)
    page.mouse.wheel(0, -4000)
    wait_until(lambda: page.evaluate("scrollY") == 0, 20, "the top of the page")
    title = page.get_by_role("heading", level=1)
    place = title.bounding_box()
    teller.hold(150)
    await_numbers(page, 149)
    assert title.bounding_box() == place
    assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name=texts("en")["writing"]["toTheEnd"]).click()
    end = page.locator(PASSAGES).last
    wait_until(lambda: (box := end.bounding_box()) and box["y"] + box["height"] <= 420, 20, "the end of the text")
