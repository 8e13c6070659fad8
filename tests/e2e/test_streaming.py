"""The words on the page are exactly the words that were written, whatever happens meanwhile."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OTHER_READERS, PHONE, WORDS, Opening
from tests.e2e.seen import PASSAGES, assert_counted, await_numbers, numbers, page_texts, texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e


def _begin(server: Server, language: str = "en") -> str:
    story = server.tell("A story that counts", engine="openai", language=language)
    return f"/story/{story['id']}"


@pytest.mark.parametrize(("language", "size"), OTHER_READERS)
def test_a_reload_in_mid_story_goes_on_without_a_repeated_or_missing_word(
    opening: Opening, server: Server, language: str, size: dict[str, int]
) -> None:
    page = opening(_begin(server, language), language=language, size=size)
    seen = await_numbers(page, 15)
    assert_counted(seen)
    page.reload()
    again = await_numbers(page, len(seen) + 5)
    assert_counted(again)
    assert len(again) < WORDS, "it was reloaded too late to show anything"
    page.reload()
    assert_counted(await_numbers(page, WORDS), WORDS)


def test_a_second_device_sees_the_same_words(opening: Opening, server: Server) -> None:
    path = _begin(server)
    first = opening(path)
    await_numbers(first, 20)
    second = opening(path, size=PHONE)
    assert_counted(await_numbers(second, WORDS), WORDS)
    assert_counted(await_numbers(first, WORDS), WORDS)


@pytest.mark.parametrize("victims", [("web",), ("worker",), ("web", "worker")])
def test_the_story_outlives_killed_processes(opening: Opening, server: Server, victims: tuple[str, ...]) -> None:
    page = opening(_begin(server), allowed="ERR_")
    before = await_numbers(page, 15)
    for victim in victims:
        os.kill(server.child(victim), signal.SIGKILL)
    assert_counted(await_numbers(page, WORDS, timeout_s=40), WORDS)
    assert_counted(before)
    wait_until(server.is_ready, 20, "a whole server")


def test_offline_is_a_state_and_what_was_read_stays(opening: Opening, server: Server, language: str) -> None:
    page = opening(_begin(server, language), language=language, allowed="ERR_")
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
    page.context.set_offline(False)
    assert_counted(await_numbers(page, WORDS), WORDS)
    expect(dock).to_be_hidden()
    wait_until(server.is_ready, 20, "a whole server")


def test_stopping_keeps_the_text(opening: Opening, server: Server, language: str) -> None:
    path = _begin(server, language)
    page = opening(path, language=language)
    await_numbers(page, 12)
    page.get_by_role("button", name=texts(language)["writing"]["stop"], exact=True).click()
    wait_until(lambda: call(f"{server.url}/stories{path.removeprefix('/story')}").json["state"] == "stopped", 20, "the stop")
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    kept = numbers(page)
    assert_counted(kept)
    assert 12 <= len(kept) < WORDS
    page.reload()
    assert await_numbers(page, len(kept)) == kept


def test_nothing_moves_above_a_reader_who_scrolled_up(opening: Opening, server: Server) -> None:
    page = opening(_begin(server), size={"width": 390, "height": 420})
    await_numbers(page, 90)
    page.mouse.move(190, 200)
    page.mouse.wheel(0, -4000)
    wait_until(lambda: page.evaluate("scrollY") == 0, 20, "the top of the page")
    title = page.get_by_role("heading", level=1)
    place = title.bounding_box()
    seen = len(numbers(page))
    await_numbers(page, seen + 20)
    assert title.bounding_box() == place
    assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name=texts("en")["writing"]["toTheEnd"]).click()
    end = page.locator(PASSAGES).last
    wait_until(lambda: (box := end.bounding_box()) and box["y"] + box["height"] <= 420, 20, "the end of the text")
