"""A passage that goes on after a break reads as if there had been none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybot.engines.resume import LEAST_OVERLAP, LEAST_RESTART, Seam, WentAstray


def joined(written: str, pieces: list[str], heard: str = "") -> str:
    seam = Seam(written, heard)
    return written + "".join([*(seam.feed(piece) for piece in pieces), seam.end()])


CASES = [
    # It goes on exactly.
    ("Once upon a time", " there was", "Once upon a time there was"),
    ("Once upon a time ", "there was", "Once upon a time there was"),
    ("Once upon a time ", " there was", "Once upon a time there was"),
    ("The end.", "\n\nOr not.", "The end.\n\nOr not."),
    ("The end.\n", "\n\nOr not.", "The end.\n\nOr not."),
    ("The end.\n\n", "Or not.", "The end.\n\nOr not."),
    ("The end. ", "\n\nOr not.", "The end. \n\nOr not."),
    # The space is missing, or rightly not there.
    ("He went.", "Then he ran.", "He went. Then he ran."),
    ("He went", "home.", "He went home."),
    ("He went", ", then he ran.", "He went, then he ran."),
    ("He went home", ".", "He went home."),
    ("It cost 3.", "50 in all", "It cost 3.50 in all"),
    ("She lived at number", "7 there", "She lived at number 7 there"),
    ("He said: ", "“Go”", "He said: “Go”"),
    ("He said, “", "Go.”", "He said, “Go.”"),
    ("He said, “Go", "”, and left", "He said, “Go”, and left"),
    ("Er sagte: „Geh", "“, und ging", "Er sagte: „Geh“, und ging"),
    ("Er sagte: „Geh“", "und ging", "Er sagte: „Geh“ und ging"),
    ("Er sagte: »Geh", "« und ging", "Er sagte: »Geh« und ging"),
    ("Er sagte:", "»Geh«", "Er sagte: »Geh«"),
    ('He said, "Go', '" and left', 'He said, "Go" and left'),
    ('He said, "', "Go", 'He said, "Go'),
    ('"Go,"', "he said", '"Go," he said'),
    ("It was the dragon", "’s cave", "It was the dragon’s cave"),
    ("It was the dragon", "'s cave", "It was the dragon's cave"),
    ("It didn’", "t matter", "It didn’t matter"),
    ("the well-", "known knight", "the well-known knight"),
    ("the knight –", "who knew", "the knight – who knew"),
    ("the knight", "– who knew", "the knight – who knew"),
    ("the knight—", "who knew", "the knight—who knew"),
    ("(", "or so", "(or so"),
    ("w1 w2 w17", "w18 w19", "w1 w2 w17 w18 w19"),
    # A word was cut.
    ("The dragon saw the dra", "gon", "The dragon saw the dragon"),
    ("Once upon a dra", "dragon flew", "Once upon a dragon flew"),
    ("He was walk", "ing home", "He was walking home"),
    ("Sie hatte viel Freund", "schaft erlebt", "Sie hatte viel Freundschaft erlebt"),
    ("Es war ein Dr", "ache da", "Es war ein Drache da"),
    ("Time to be", "better now", "Time to be better now"),
    ("He went to the", "the forest", "He went to the forest"),
    ("He went to the", " the forest", "He went to the the forest"),
    # It says the last words again.
    ("There was a dragon who was afraid", "who was afraid of fire", "There was a dragon who was afraid of fire"),
    ("There was a dragon who was afraid", "\n\nwho was afraid of fire", "There was a dragon who was afraid of fire"),
    ("There was a dragon who was afraid ", "who was afraid of fire", "There was a dragon who was afraid of fire"),
    (
        "There was a dragon who was afraid.",
        "who was afraid.\n\nHe hid.",
        "There was a dragon who was afraid.\n\nHe hid.",
    ),
    ("Then he said", "There he went", "Then he said There he went"),
    # It begins again.
    ("Once upon a time there was", "Once upon a time there was a dragon", "Once upon a time there was a dragon"),
    ("Once upon", "# A Dragon\n\nOnce upon a time", "Once upon a time"),
    ("Once upon a time", "# A Dragon\n\nthere was", "Once upon a time there was"),
    ("Once upon a time", "# A Drag", "Once upon a time"),
    ("Once upon a time.", "\n\n## Two\n\nThere", "Once upon a time.\n\n## Two\n\nThere"),
    (
        "Once upon a time there was a girl",
        "Once upon a midnight",
        "Once upon a time there was a girl Once upon a midnight",
    ),
    # Nothing is left to say.
    ("The end.", "", "The end."),
    ("The end.", "  \n", "The end."),
    ("And they lived happily.", "they lived happily.", "And they lived happily."),
]


@pytest.mark.parametrize(("written", "new", "expected"), CASES)
def test_seam(written: str, new: str, expected: str) -> None:
    assert joined(written, [new]) == expected
    assert joined(written, list(new)) == expected


def test_words_are_known_from_what_was_heard() -> None:
    assert joined("Once upon a dra", ["gon flew"], "a dragon who") == "Once upon a dragon flew"
    assert joined("Once upon a dra", ["gon flew"], "a knight who") == "Once upon a dra gon flew"


def test_only_as_little_as_needed_is_held_back() -> None:
    seam = Seam("The dragon was afraid of fire, and the knight was afraid of water")
    assert seam.feed(". ") == ". "
    assert seam.settled
    seam = Seam("The dragon was afraid of fire")
    assert seam.feed(" was a") == ""
    assert seam.feed("nd") == " was and"


@pytest.mark.parametrize("pieces", [["{}x"], ["{}", "x"]])
def test_another_story_is_refused(pieces: list[str]) -> None:
    written = "Once upon a time there was a dragon who was afraid of fire"
    again = written[:LEAST_RESTART]
    with pytest.raises(WentAstray):
        joined(written, [piece.format(again) for piece in pieces])
    assert joined(written, [piece.format(again[:-1]) for piece in pieces]).endswith("x")


def test_beginning_that_stops_half_way_is_refused() -> None:
    written = "Once upon a time there was a dragon who was afraid of fire"
    with pytest.raises(WentAstray):
        joined(written, [written[:50]])


# Few letters, so that repetitions happen by themselves.
stories = st.text(alphabet="ab c.\n", min_size=1, max_size=120) | st.text(min_size=1, max_size=60)


@st.composite
def cut_up(draw: st.DrawFn, text: str) -> list[str]:
    pieces = []
    while text:
        length = draw(st.integers(1, len(text)))
        pieces.append(text[:length])
        text = text[length:]
    return pieces


@given(st.data(), stories, stories)
def test_pieces_do_not_matter(data: st.DataObject, written: str, new: str) -> None:
    def result(pieces: list[str]) -> str | None:
        try:
            return joined(written, pieces)
        except WentAstray:
            return None

    assert result(data.draw(cut_up(new))) == result([new])


@given(st.data(), stories, stories)
def test_what_was_written_stays_and_the_rest_is_the_end_of_the_new(data: st.DataObject, written: str, new: str) -> None:
    try:
        whole = joined(written, data.draw(cut_up(new)))
    except WentAstray:
        return
    assert whole.startswith(written)
    assert new.rstrip().endswith(whole[len(written) :].strip())


words = st.lists(st.text(alphabet="abcdefgh", min_size=3, max_size=8), min_size=8, max_size=30, unique=True)


@given(st.data(), words)
def test_beginning_again_gives_the_whole(data: st.DataObject, told: list[str]) -> None:
    story = " ".join(told)
    cut = data.draw(st.integers(1, len(story)))
    assert joined(story[:cut], data.draw(cut_up(story))) == story


@given(st.data(), words)
def test_repeating_the_end_gives_the_whole(data: st.DataObject, told: list[str]) -> None:
    story = " ".join(told)
    cut = data.draw(st.integers(LEAST_OVERLAP, len(story)))
    back = data.draw(st.integers(LEAST_OVERLAP, cut))
    if story[cut - 1] == " ":
        back = max(back, LEAST_OVERLAP + 1)
    if back > cut or story[cut - back] == " ":
        return
    assert joined(story[:cut], data.draw(cut_up(story[cut - back :]))) == story


@given(st.data(), words)
def test_going_on_after_a_word_gives_the_whole(data: st.DataObject, told: list[str]) -> None:
    at = data.draw(st.integers(1, len(told) - 1))
    written, rest = " ".join(told[:at]), " ".join(told[at:])
    space = data.draw(st.sampled_from([("", " "), (" ", ""), (" ", " ")]))
    assert joined(written + space[0], data.draw(cut_up(space[1] + rest))) == f"{written} {rest}"
