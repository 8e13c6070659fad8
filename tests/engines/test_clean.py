"""What a model says before its story goes, the story stays, and it never matters how the text was cut."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybot.engines.clean import HOLD, Lead, Refused

STORY = "Once there was a fox.\n\nIt was late."
GESCHICHTE = "Es war einmal ein Fuchs.\n\nEs war spät."


def told(text: str, cuts: list[int] | None = None) -> str:
    """What is left of a text that comes in these pieces."""
    lead, out, at = Lead(), "", 0
    for cut in [*(cuts if cuts is not None else range(1, len(text))), len(text)]:
        out += lead.feed(text[at:cut])
        at = cut
    return out + lead.end()


PREAMBLES = [
    "Sure, here is your story:",
    "Sure! Here’s a gentle tale about a fox:",
    "Of course! Here is the continuation of the story.",
    "Here's the story:",
    "Certainly! I'll write the story for you:",
    "Okay, here is **the next part**:",
    "Gerne! Hier ist deine Geschichte:",
    "Natürlich, hier kommt das Märchen vom Fuchs:",
    "Hier ist die Fortsetzung der Geschichte:",
    "Klar! Ich erzähle dir eine Geschichte:",
]
THOUGHTS = [
    "<think>The user wants a fox.\n\nHere is a story: no.</think>",
    "<thinking>Hm. </think> no </thinking>",
    "<|channel|>analysis<|message|>A fox.<|end|><|start|>assistant<|channel|>final<|message|>",
    "<think></think>",
]


@pytest.mark.parametrize("preamble", PREAMBLES)
@pytest.mark.parametrize("between", ["\n\n", "\n", "\n\n---\n\n"])
def test_a_preamble_goes(preamble: str, between: str) -> None:
    assert told(f"{preamble}{between}{STORY}") == STORY
    assert told(f"{preamble}{between}{STORY}", []) == STORY


@pytest.mark.parametrize("thought", THOUGHTS)
def test_thinking_goes_and_is_noticed(thought: str) -> None:
    lead = Lead()
    assert lead.feed(f"{thought}\n\n{STORY}") == STORY
    assert lead.thinks
    assert told(f"\n{thought}\n{PREAMBLES[0]}\n\n{STORY}") == STORY


def test_thinking_that_never_ends_is_no_story() -> None:
    assert told("<think>A fox, a fox, " * 50) == ""


@pytest.mark.parametrize("fence", ["```\n", "```markdown\n", "Sure, here is your story:\n\n```text\n"])
def test_a_fence_goes_with_its_end(fence: str) -> None:
    assert told(f"{fence}{STORY}\n```") == STORY
    assert told(f"{fence}{STORY}\n```\n") == STORY


@pytest.mark.parametrize(
    "refusal",
    [
        "I'm sorry, but I can't help with that request.",
        "I’m sorry, but I can’t write this story. Let me know if there is something else.",
        "I cannot assist with creating that kind of content.",
        "Sorry, I won't write that story.",
        "As an AI language model, I do not write such things.",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Leider kann ich diese Geschichte nicht schreiben, ich darf solche Inhalte nicht erstellen.",
        "Ich kann diese Anfrage nicht erfüllen.",
        "Es tut mir leid, aber das kann ich nicht schreiben.",
        "Es tut mir leid, aber dabei kann ich dir leider nicht helfen.",
        "Es tut mir leid. Ich kann diese Geschichte nicht schreiben.",
        "I'm sorry. I can't write the story that you asked for.\n\nMaybe another?",
        "<think>No.</think>\n\nI can’t help with that.",
    ],
)
def test_a_refusal_is_recognised(refusal: str) -> None:
    for cuts in (None, []):
        with pytest.raises(Refused):
            told(refusal, cuts)


@pytest.mark.parametrize(
    "story",
    [
        "Sure, said the fox, and it went home.\n\nIt was late.",
        "Sure-footed as a goat, Mia climbed on. Here is where the story of the mountain begins.",
        "Here is a river, and here is a boat. Nobody knew whose.\n\nMia did.",
        "I'm sorry, said the fox. It meant it.",
        "I'm sorry that I am late, wrote Mia.\n\nNobody minded.",
        "“I’m sorry, but I can’t help you,” said the fox.\n\nIt was late.",
        "I cannot say when it began. It was winter.",
        "Sorry was the name of the dog.",
        "Okay was what Ole always said.\n\nOkay, and nothing else.",
        "Es tut mir leid, sagte der Fuchs.\n\nEr meinte es so.",
        "„Es tut mir leid, aber ich kann dir nicht helfen“, sagte der Fuchs.",
        "Klar war das Wasser, und tief.\n\nHier ist die Geschichte zu Ende.",
        "Hier ist es still. Niemand erzählt eine Geschichte.\n\nBis heute.",
        "Ich kann nicht schlafen, dachte Mia. Der Mond war zu hell.",
        "Es tut mir leid, sagte der Fuchs, aber ich kann dir keine Geschichte erzählen.\n\nEr ging.",
        "I'm sorry, said the fox, but I can't help you find the story.\n\nIt left.",
        "I'm sorry. So began the letter.\n\nMia read on.",
        "Sure as the sun, here is a story of old.\n\nThere was a fox.",
        "Leider regnete es.\n\nMia blieb zu Hause.",
        "<br> was all that stood there.",
        "--- \n\nMia.",
        "`Hm`, said Mia.",
        "A fox.",
        "ok",
    ],
)
def test_a_story_that_only_looks_so_is_left_alone(story: str) -> None:
    assert told(story) == story
    assert told(story, []) == story


def test_nothing_is_held_for_long() -> None:
    story = "Sure" + " as ever the sea came in" * 40
    lead, given = Lead(), 0
    for at, sign in enumerate(story):
        given += len(lead.feed(sign))
        assert at + 1 - given <= HOLD + 1
    assert lead.settled


def test_an_ordinary_beginning_is_not_held_at_all() -> None:
    assert Lead().feed("O") == ""  # "Of course" may still come
    assert Lead().feed("Once") == "Once"
    assert Lead().feed("Es war") == "Es war"


WHOLES = [
    f"{lead}\n\n{story}"
    for story in (STORY, GESCHICHTE)
    for lead in (
        "",
        *PREAMBLES[:3],
        THOUGHTS[0],
        f"{THOUGHTS[1]}\n{PREAMBLES[6]}",
        "```\n",
        "I'm sorry, said the fox. So it was.",
        "I'm sorry. So began the letter.",
    )
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WHOLES), st.randoms(use_true_random=False))
def test_it_does_not_matter_how_it_is_cut(whole: str, chance: random.Random) -> None:
    cuts = sorted(chance.sample(range(1, len(whole)), chance.randrange(0, 25)))
    assert told(whole, cuts) == told(whole, [])
