"""The bodies of `/chat/completions`, as typed structs, and one reply put together from its events.

Nothing here waits for anything: the engine feeds in what has arrived.
Source: OpenAI API reference, "Create chat completion" and "Streaming"; fields that other servers add are skipped.
"""

from typing import Any

import msgspec

from storybot.engines.contract import EngineError, Usage
from storybot.engines.openai import refusals
from storybot.engines.openai.sse import EventReader, EventTooLong

Content = str | list[dict[str, Any]] | None


class Delta(msgspec.Struct, gc=False):
    """What one event adds. The reasoning fields are never shown; they tell that the model is at work."""

    content: Content = None
    reasoning_content: Any = None
    reasoning: Any = None


class Choice(msgspec.Struct, gc=False):
    """The one choice: `delta` in a stream, `message` in an answer at once."""

    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class Counted(msgspec.Struct, gc=False):
    """The server's token counts."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Chunk(msgspec.Struct, gc=False):
    """One event of the stream, or the whole answer of a server that does not stream."""

    choices: list[Choice] | None = None
    usage: Counted | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(Chunk)


def text_of(content: Content) -> str:
    """The text of a content field: some servers send a list of typed parts, of which only `text` is story."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if part.get("type") == "text")
        return "".join(part for part in parts if isinstance(part, str))
    return content or ""


class Reply:
    """What the server has said so far: `done` after `[DONE]`, `finish` once a finish reason came, `thinks` once it reasoned."""

    __slots__ = ("_events", "alive", "done", "events", "finish", "thinks", "usage")

    def __init__(self) -> None:
        self._events = EventReader()
        self.events = 0
        self.alive = self.thinks = False
        self.done = False
        self.finish: str | None = None
        self.usage: Usage | None = None

    def feed(self, received: bytes) -> tuple[str, int]:
        """Text that `received` completed, and in how many tokens it came; sets `alive` when the model did something.

        Raises: EngineError when the events are malformed or hold an error.
        """
        try:
            events = self._events.feed(received)
        except EventTooLong as too_long:
            raise refusals.broken("an event is too long") from too_long
        return self._take(events) if events else ("", 0)

    def end(self) -> tuple[str, int]:
        """The last text, where the stream ended without a blank line. Raises: EngineError, as `feed`."""
        return self._take(self._events.end())

    def whole(self, body: bytes) -> tuple[str, int]:
        """The text of an answer that did not stream. Raises: EngineError, as `feed`."""
        text, tokens = self._add(_decoded(body))
        self.finish = self.finish or "stop"
        if self.usage is not None and self.usage.tokens_out:
            tokens = self.usage.tokens_out
        return text, tokens

    def _take(self, events: list[bytes]) -> tuple[str, int]:
        text = ""
        tokens = 0
        for event in events:
            if self.done or event == b"[DONE]":
                self.done = True
                break
            if b"\n" in event:
                piece, count = self._take_lines(event)
            else:
                piece, count = self._add(_decoded(event))
            text += piece
            tokens += count
        return text, tokens

    def _take_lines(self, event: bytes) -> tuple[str, int]:
        """One event over several lines; or several, from a server that puts no blank line between them."""
        try:
            chunk = _decoded(event)
        except EngineError:
            return self._take([line.strip() for line in event.split(b"\n") if line.strip()])
        return self._add(chunk)

    def _add(self, chunk: Chunk) -> tuple[str, int]:
        self.events += 1
        if chunk.error is not None:
            raise refusals.from_event(chunk.error)
        if chunk.usage is not None:
            self.usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if not chunk.choices:
            return "", 0
        choice = chunk.choices[0]
        if choice.finish_reason is not None:
            self.finish = choice.finish_reason
        delta = choice.delta or choice.message
        if delta is None:
            return "", 0
        content = delta.content
        if content:
            self.alive = True
            text = content if type(content) is str else text_of(content)
            return (text, 1) if text else ("", 0)
        if delta.reasoning_content or delta.reasoning:
            self.alive = self.thinks = True
        return "", 0


def _decoded(event: bytes) -> Chunk:
    try:
        return _chunk.decode(event)
    except msgspec.MsgspecError as unreadable:
        raise refusals.broken("an event is not a chat completion chunk") from unreadable
    except UnicodeDecodeError as unreadable:
        raise refusals.broken("an event is not UTF-8") from unreadable
