"""The engine `storyteller`: tells a planned story piece by piece, at a pace that is comfortable to watch.

It needs no model, no key and no network. The words come from `tell`, which is loaded at the first order.
"""

import asyncio
import re
from collections.abc import AsyncIterator

from storybot.engines.contract import Event, Order, Pieces, Title

WORDS_PER_S = 14.0
_GROUP_WORDS = 3
_GROUP = re.compile(rf"(?:\S+\s*){{1,{_GROUP_WORDS}}}")
# A clause: up to and with the space after a mark at which a voice rests.
_CLAUSE = re.compile(r".+?(?:[.,;:!?…]+[“”‘’\"]*\s+|$)", re.DOTALL)


class Storyteller:
    """Plans and tells stories by itself. pace: its pauses as a multiple of those that make 14 words a second; 0 = none."""

    name = "storyteller"

    def __init__(self, pace: float = 1.0) -> None:
        if not 0 <= pace < float("inf"):
            raise ValueError("pace must be 0 (no pauses) or a positive number")
        self.pace = pace

    async def write(self, order: Order) -> AsyncIterator[Event]:
        """Events of one passage, in order; with `order.written` only what comes after it."""
        from .tell import remainder, tell  # the content is large: loaded when it is first used

        story = tell(order)
        if story.title and not order.written:
            yield Title(text=story.title)
        rest = remainder(story, order)
        for number, piece in enumerate(pieces(rest, self.pace)):
            if self.pace and number:
                await asyncio.sleep(len(piece.split()) / WORDS_PER_S * self.pace)
            yield Pieces(text=piece, tokens=max(1, len(piece.split())))
            if not self.pace:
                await asyncio.sleep(0)  # so that stop and other readers get their turn

    async def close(self) -> None:
        """Nothing is held open."""


def pieces(text: str, pace: float) -> list[str]:
    """The text in parts whose concatenation it is: a few words each, or a clause each without pauses."""
    lead = text[: len(text) - len(text.lstrip())]
    found: list[str] = (_GROUP if pace else _CLAUSE).findall(text[len(lead) :])
    return [lead + found[0], *found[1:]] if found else ([text] if text else [])
