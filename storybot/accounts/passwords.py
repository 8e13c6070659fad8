"""Passwords: hashing, and which are too weak to take.

Hashing is slow on purpose and would hold up every greenlet of the process, so it runs in threads of its own; a few, as
each takes memory. An address without an account costs one hash just the same, so that time says nothing.
"""

import functools
import re
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from storybot.accounts.problems import PasswordWeak
from storybot.off_loop import OffLoop

MIN_CHARS = 10
#: Hashes that are computed at the same time; each takes the memory below.
AT_ONCE = 3
_threads = OffLoop(AT_ONCE)
#: argon2id. Source: OWASP Password Storage Cheat Sheet, the first of its equivalent settings.
hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)

_LIST = Path(__file__).with_name("common_passwords.txt")
#: What people put around a common password to make it another one.
_ROUND_IT = re.compile(r"^[\W\d_]{0,4}|[\W\d_]{0,6}$")


def normalised(password: str) -> str:
    """The same letters however they were typed. Source: NIST SP 800-63B, 3.1.1.2 (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """The hash to keep: 97 characters that name their own settings."""
    return _threads.do(hasher.hash, normalised(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password that was kept; costs one hash also where none was."""
    return _threads.do(_verify, kept or _nobody(), normalised(password)) and kept is not None


def wants_new_hash(kept: str) -> bool:
    """Whether the hash was made with settings that are not today's."""
    return hasher.check_needs_rehash(kept)


def check(password: str, email: str) -> None:
    """Refuse a weak password. Source: NIST SP 800-63B, 3.1.1.2: a length, a list, and nothing about its signs.

    Raises: PasswordWeak.
    """
    text = normalised(password).casefold()
    if len(text) < MIN_CHARS:
        raise PasswordWeak("short", f"Take at least {MIN_CHARS} characters.")
    name = email.casefold().split("@")[0]
    if text in email.casefold() or (len(name) >= 4 and _core(text) == _core(name)):
        raise PasswordWeak("own-address", "Take one that has nothing to do with your address.")
    if _is_common(text):
        raise PasswordWeak("common", "Many people use this password, so it is among the first that are tried.")


def _is_common(text: str) -> bool:
    if text in _common() or _core(text) in _common() or len(set(text)) < 4:
        return True
    half = len(text) // 2
    return text[:half] * 2 == text and text[:half] in _common()


def _core(text: str) -> str:
    """Without what stands around the words: dragon of 1dragon2024!; nothing where that is all there is."""
    return _ROUND_IT.sub("", text)


@functools.cache
def _common() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


@functools.cache
def _nobody() -> str:
    return hasher.hash("nobody has this password")


def _verify(kept: str, password: str) -> bool:
    try:
        return hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False
