"""Where a model server is: the base URL as people give it, made into what the engine asks. Pure."""

from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import msgspec

_ENDPOINT = "/chat/completions"


class Address(msgspec.Struct, frozen=True):
    """url: of the chat completions; host: for the reader to see, with the port where one was given; user: `name:word`
    where the URL had it, in neither of the two; is_loopback: it is on this machine.
    """

    url: str
    host: str
    user: str | None
    is_loopback: bool


def address(base_url: str) -> Address:
    """`localhost:8080`, `https://host/v1/`, `https://host/api?version=2`, with or without `/chat/completions`.

    `/v1` is added only where the URL has no path at all; a lone host gets `http` on this machine or with a port and
    `https` otherwise; a query is kept.
    Raises: ValueError where it is no HTTP URL.
    """
    given = base_url.strip()
    if "://" not in given:
        bare = urlsplit(f"//{given}")
        plain = _is_loopback(bare.hostname or "") or bare.port is not None
        given = f"{'http' if plain else 'https'}://{given}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the base URL is no http or https URL")
    path = parts.path.rstrip("/").removesuffix(_ENDPOINT).rstrip("/") or "/v1"
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user, _, netloc = parts.netloc.rpartition("@")
    return Address(
        url=parts._replace(netloc=netloc, path=path + _ENDPOINT, fragment="").geturl(),
        host=name if parts.port is None else f"{name}:{parts.port}",
        user=unquote(user) or None,
        is_loopback=_is_loopback(parts.hostname),
    )


def _is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost" or hostname.endswith(".localhost")
