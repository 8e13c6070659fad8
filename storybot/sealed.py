"""Secrets of people that Storybot has to keep: sealed in the database with a key that is not in it.

Fernet (AES-128-CBC with HMAC-SHA256, source: the `cryptography` package's specification) under a key of its own that
comes of the server's secret.
"""

import base64
from typing import Any

import msgspec

from storybot.accounts import keys
from storybot.settings import Settings

_PURPOSE = "connections"


class Unreadable(Exception):
    """Sealed with another secret than the server has now."""


class Seal:
    """Seals and opens with the server's secret. Raises: SettingsError where that cannot be read or made."""

    def __init__(self, settings: Settings) -> None:
        from cryptography.fernet import Fernet  # loads what only connected servers need

        self._fernet = Fernet(base64.urlsafe_b64encode(keys.load(settings).of(_PURPOSE)))

    def seal(self, values: dict[str, Any]) -> str:
        """The values as ASCII text that says nothing about them but their length."""
        return self._fernet.encrypt(msgspec.json.encode(values)).decode("ascii")

    def open(self, sealed: str) -> dict[str, Any]:
        """What was sealed. Raises: Unreadable."""
        from cryptography.fernet import InvalidToken

        try:
            values: dict[str, Any] = msgspec.json.decode(self._fernet.decrypt(sealed.encode("ascii")), type=dict[str, Any])
        except (InvalidToken, UnicodeEncodeError, msgspec.MsgspecError) as error:
            raise Unreadable("It was sealed with another secret.") from error
        return values
