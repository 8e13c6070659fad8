"""What every engine is: one generator method that turns an order into events.

An engine knows no database and no Flask. The worker calls `write` and takes one event at a time: it commits what
an event holds before it asks for the next one, so an engine that has gathered several pieces meanwhile should give
them as one `Pieces` event. Closing the generator (`aclose`) must free everything that the engine holds.
"""

from collections.abc import AsyncIterator
from typing import Any, Literal, Protocol

import msgspec

from storybot.brief import Brief, Style

Action = Literal["begin", "continue", "retry"]
Message = dict[str, str]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One finished passage of the branch that the new passage goes on from."""

    text: str
    author: Literal["engine", "reader"]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A model server that somebody connected.

    id: of the connection. model: where the order names none. headers: further ones, over the engine's own. Times are in
    seconds; None: the engine's own. may_be_private: whether it may stand at an address that only this network knows.
    limits: what it takes and what it turned out not to. prices: for a million tokens. revision: another one where anything of
    this has changed.
    """

    id: str
    base_url: str
    revision: str
    key: str | None = None
    model: str | None = None
    headers: dict[str, str] = {}
    connect_s: float | None = None
    first_text_s: float | None = None
    stall_s: float | None = None
    may_be_private: bool = False
    limits: dict[str, Any] = {}
    prices: dict[str, Any] | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One passage to write.

    told: the finished passages before this one, root first (empty for the first passage of a story).
    action: `begin` for a first passage, `continue` after `told`, `retry` for another version of a passage whose
        earlier version is not in `told` (`told` is empty when it was the first one).
    variant: which try at this place it is, from 0; with `seed` it must make a retry truly different.
    written: what of this very passage is already committed (after a crash); the events go on right after it.
    messages: the chat messages that `context` built, for engines that take a prompt.
    max_tokens: how many tokens the engine may write at the most.
    style: how freely a model is to write. server: whom to ask, for the engine of connected servers.
    """

    generation_id: str
    trace_id: str
    brief: Brief
    action: Action
    told: tuple[Told, ...] = ()
    wish: str | None = None
    model: str | None = None
    seed: int = 0
    variant: int = 0
    written: str = ""
    messages: tuple[Message, ...] = ()
    max_tokens: int = 2048
    style: Style | None = None
    server: Server | None = None


class Title(msgspec.Struct, frozen=True):
    """The story's title, given at most once and before the first text."""

    text: str


class Pieces(msgspec.Struct, frozen=True):
    """Text to append. `tokens`: how many tokens (or words) the pieces held, at least 1."""

    text: str
    tokens: int = 1


class Usage(msgspec.Struct, frozen=True):
    """Token counts as the server itself reports them."""

    tokens_in: int | None = None
    tokens_out: int | None = None


class Thinking(msgspec.Struct, frozen=True):
    """The model thinks before it writes; given at most once, when that begins."""


class Learnt(msgspec.Struct, frozen=True):
    """Fields that the server turned out not to take; they are left out from now on."""

    refused: tuple[str, ...]


Event = Title | Pieces | Usage | Thinking | Learnt


class Engine(Protocol):
    """Something that writes."""

    name: str

    def write(self, order: Order) -> AsyncIterator[Event]:
        """Events of one passage, in order; returning means that the passage is complete.

        Raises: EngineError (with a slug that the page has a sentence for) when it cannot go on.
        """
        ...

    async def close(self) -> None:
        """Free connections and the like; `write` is not called again."""
        ...


class EngineError(Exception):
    """Why an engine cannot go on.

    slug: closed set, one sentence a language on the page (`engine-unreachable`, `engine-key-refused`, …).
    permanent: trying again as it is cannot help.
    retry_after_s: how long the server asked to wait, in seconds.
    facts: harmless values for the sentence ({"model": "…", "host": "…"}); never a key, a prompt or a server's text.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        permanent: bool,
        retry_after_s: float | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.permanent = permanent
        self.retry_after_s = retry_after_s
        self.facts = facts or {}
