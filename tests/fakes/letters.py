"""Mails as a test sees them: what was sent to whom, with its link."""

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Sent(NamedTuple):
    """One mail: to whom, which letter, in which language, and its link."""

    to: str
    name: str
    language: str | None
    link: str

    @property
    def path(self) -> str:
        """The link's path, for the API."""
        return urlsplit(self.link).path.removeprefix("/api")

    @property
    def token(self) -> str:
        """The token in the link's query, or its last part."""
        parts = urlsplit(self.link)
        return parse_qs(parts.query).get("token", [parts.path.rsplit("/", 1)[-1]])[0]
