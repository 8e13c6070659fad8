"""Why a model server did not write, as `EngineError`: from statuses, error bodies and connection failures.

Bodies are read to tell cases apart and never leave this module: no text of a provider goes into an error.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec

from storybot.engines.contract import EngineError
from storybot.engines.openai.reach import blocked

#: The longest wait that is believed, in seconds; a server that asks for more is treated as asking for this.
MAX_RETRY_AFTER_S = 3600.0

_STATUS = re.compile(r"[45][0-9]{2}")


class Refusal(msgspec.Struct, frozen=True):
    """What an error body says, in lower case, as far as it is needed to tell errors apart."""

    is_json: bool = False
    status: int | None = None
    words: str = ""

    def names(self, *words: str) -> bool:
        return any(word in self.words for word in words)


def read(body: bytes) -> Refusal:
    """An error body of any server: OpenAI's shape, Ollama's string, FastAPI's detail, or no JSON at all."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Refusal(words=body[:2000].decode("utf-8", "replace").lower())
    if isinstance(said, dict):
        said = said.get("error", said)
    return _refusal(said)


def _refusal(said: Any) -> Refusal:
    if not isinstance(said, dict):
        return Refusal(is_json=True, words=str(said)[:2000].lower())
    fields = [said.get(name) for name in ("code", "type", "message", "detail", "param")]
    numbers = [str(field) for field in (said.get("status"), *fields) if _STATUS.fullmatch(str(field))]
    status = int(numbers[0]) if numbers else None
    return Refusal(is_json=True, status=status, words=" ".join(str(field) for field in fields if field)[:2000].lower())


def broken(detail: str, *, permanent: bool = False) -> EngineError:
    """The stream is not what it should be."""
    return EngineError("engine-broken-stream", f"The model server's stream broke: {detail}.", permanent=permanent)


def too_slow(waited_for: str) -> EngineError:
    """Nothing came for too long."""
    return EngineError("engine-timeout", f"The model server took too long: {waited_for}.", permanent=False)


def from_event(error: Any) -> EngineError:
    """An error object inside a stream (or in an answer with status 200)."""
    refusal = _refusal(error)
    known = _by_words(refusal, {}) or (_by_status(refusal.status, refusal, {}, {}) if refusal.status else None)
    if known is not None:
        return known
    if refusal.names("invalid_request", "context_length", "content_policy"):
        return _refused_request()
    if refusal.names("overloaded", "unavailable", "capacity", "server_error", "internal"):
        return _overloaded()
    return broken("the server reported an error in it")


def from_status(status: int, headers: Mapping[str, str], body: bytes, *, host: str, model: str, has_key: bool) -> EngineError:
    """An HTTP status that is not 200. headers: as received, case-insensitive; body: may be cut off."""
    refusal = read(body)
    facts = {"host": host, "model": model}
    if status in (401, 403):
        if has_key:
            return EngineError("engine-key-refused", "The model server refused the key.", permanent=True, facts={"host": host})
        return EngineError("engine-key-missing", "The model server wants a key.", permanent=True, facts={"host": host})
    known = _by_words(refusal, facts) or _by_status(status, refusal, headers, facts)
    return known or _refused_request()


def _by_words(refusal: Refusal, facts: dict[str, Any]) -> EngineError | None:
    if refusal.names("insufficient_quota", "insufficient balance", "insufficient credit", "billing_hard_limit"):
        return EngineError("engine-rate-limited", "The account at the model server is used up.", permanent=True)
    says_unknown = refusal.names("not found", "not_found", "does not exist", "unknown model", "no such model")
    if refusal.names("model_not_found") or (refusal.is_json and refusal.names("model") and says_unknown):
        return _model_unknown(facts)
    return None


def _by_status(status: int, refusal: Refusal, headers: Mapping[str, str], facts: dict[str, Any]) -> EngineError | None:
    if status == 402:
        return EngineError("engine-rate-limited", "The account at the model server is used up.", permanent=True)
    if status == 429:
        return EngineError(
            "engine-rate-limited",
            "The model server asks for a pause.",
            permanent=False,
            retry_after_s=retry_after_s(headers),
        )
    if status == 404 and refusal.is_json and refusal.words.strip() != "not found":
        return _model_unknown(facts)
    if status in (404, 405) or 300 <= status < 400:
        # Nothing at this address speaks the chat completions API: a wrong path rather than a wrong model.
        return EngineError(
            "engine-unreachable",
            "There is no chat completions API at this address.",
            permanent=True,
            facts={name: value for name, value in facts.items() if name == "host"},
        )
    if status in (408, 504):
        return too_slow("a gateway gave up")
    if status >= 500:
        error = _overloaded()
        error.retry_after_s = retry_after_s(headers)
        return error
    return None


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to wait, in seconds from now, within [0, MAX_RETRY_AFTER_S].

    Source: RFC 9110, 10.2.3; `retry-after-ms` is OpenAI's own.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        asked = headers.get(name)
        if asked is None:
            continue
        try:
            wait_s = float(asked) / unit
        except ValueError:
            try:
                wait_s = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
            except (ValueError, TypeError):
                continue
        if wait_s == wait_s:
            return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)
    return None


def from_connection(error: Exception, *, host: str) -> EngineError:
    """Why no answer came at all."""
    if blocked(error):
        return EngineError("engine-blocked", "The model server stands where connected servers may not.", permanent=True, facts={"host": host})
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return too_slow("it does not answer")
    if isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)):
        return broken("the connection ended early")
    # Asked before ValueError, which a wrong certificate is as well.
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientSSLError | OSError):
        return EngineError("engine-unreachable", "The model server cannot be reached.", permanent=False, facts={"host": host})
    if isinstance(error, (aiohttp.InvalidURL, ValueError)):
        return EngineError("engine-not-configured", "The model server's address is no URL.", permanent=True)
    return broken("the answer is not HTTP")


def not_configured(what: str) -> EngineError:
    """Something that an operator must set is missing."""
    return EngineError("engine-not-configured", f"No {what} is set for the model server.", permanent=True)


def empty() -> EngineError:
    """The server finished and had not written a word."""
    return EngineError("engine-empty", "The model finished without any text.", permanent=False)


def cut_off() -> EngineError:
    """The server ended the text at its token limit, in mid-sentence or before the first word; to go on from there helps."""
    return EngineError("engine-cut-off", "The model reached its token limit in mid-sentence.", permanent=False, retry_after_s=0.0)


def _refused_request() -> EngineError:
    return EngineError("engine-refused-request", "The model server refused the request.", permanent=True)


def withheld() -> EngineError:
    """The provider's filter let no text through."""
    return _refused_request()


def _overloaded() -> EngineError:
    return EngineError("engine-overloaded", "The model server has too much to do.", permanent=False)


def _model_unknown(facts: dict[str, Any]) -> EngineError:
    return EngineError("engine-model-unknown", "The model server does not know the model.", permanent=True, facts=facts)
