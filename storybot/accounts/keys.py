"""The server's secret, and the keys that come of it: one for each purpose, so that none can stand in for another."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from storybot.settings import Settings, SettingsError

FILE = "secret.key"


class Keys:
    """Keys derived from one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def of(self, purpose: str) -> bytes:
        """The key for a purpose: 32 bytes. Source: RFC 5869's expand step, with HMAC-SHA256 and one block."""
        return hmac.digest(self._secret, f"storybot {purpose}\x01".encode(), hashlib.sha256)

    def sign(self, purpose: str, text: str) -> str:
        """A code that only this server can make for this text: 64 hexadecimal digits."""
        return hmac.digest(self.of(purpose), text.encode(), hashlib.sha256).hex()


def load(settings: Settings) -> Keys:
    """The keys of the secret that the settings name, or of the one in the data folder, which is made at the first start.

    Raises: SettingsError when that file cannot be used.
    """
    if settings.secret_key is not None:
        return Keys(settings.secret_key.get_secret_value())
    path = settings.data_path / FILE
    try:
        if not path.exists():
            _make(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"STORYBOT_SECRET_KEY is not set, and {path} cannot be used ({error}).") from error
    if len(secret) < 32:
        raise SettingsError(f"STORYBOT_SECRET_KEY is not set, and what is in {path} is too short for a secret.")
    return Keys(secret)


def _make(path: Path) -> None:
    """Whole or not at all, and one winner where several processes start at the same time."""
    own = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
