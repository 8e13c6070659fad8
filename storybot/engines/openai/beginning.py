"""How a model's text begins: what it says before the story goes, a heading becomes the title, and what goes on after a break is
fitted to what is kept. Once it is settled, text flows by itself."""

from collections.abc import Iterator

from storybot.engines.clean import Lead
from storybot.engines.contract import Event, Order, Pieces, Thinking, Title
from storybot.engines.openai.opening import Opening
from storybot.engines.resume import Seam


class Beginning:
    """`feed` until `settled`."""

    __slots__ = ("_lead", "_opening", "_thinks", "_tokens", "settled")

    def __init__(self, order: Order) -> None:
        self._lead = Lead()
        self._opening: Opening | Seam = Opening()
        if order.written:
            self._opening = Seam(order.written, heard="\n".join(message.get("content", "") for message in order.messages))
        self._tokens = 0
        self._thinks = False
        self.settled = False

    def feed(self, text: str, tokens: int, *, thinks: bool) -> Iterator[Event]:
        """What comes of it. thinks: the server said that the model thinks. Raises: Refused, WentAstray."""
        self._tokens += tokens
        text = self._lead.feed(text)
        if (thinks or self._lead.thinks) and not self._thinks:
            self._thinks = True
            yield Thinking()
        if text:
            yield from self._opened(self._opening.feed(text))
        self.settled = self._lead.settled and self._opening.settled

    def end(self) -> Iterator[Event]:
        """What is left when the model has finished. Raises: Refused, WentAstray."""
        if self.settled:
            return
        rest = self._opening.feed(self._lead.end())
        yield from self._opened(rest + self._opening.end())

    def _opened(self, text: str) -> Iterator[Event]:
        if isinstance(self._opening, Opening) and (title := self._opening.title):
            self._opening.title = None
            yield Title(title)
        if text:
            tokens, self._tokens = max(self._tokens, 1), 0
            yield Pieces(text, tokens)
