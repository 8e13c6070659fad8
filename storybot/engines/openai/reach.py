"""Where a server that somebody connected may stand: nowhere inside, unless the operator allows it.

A name is resolved once, every address that comes of it is looked at, and the connection goes to just these addresses: a
name that leads elsewhere a moment later leads nobody anywhere (server-side request forgery, CWE-918; DNS rebinding).
"""

import ipaddress
import socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 prefixes whose addresses hold one of IPv4, and where it begins, in bits from the right.
#: Sources: RFC 6052 (64:ff9b::/96), RFC 8215 (64:ff9b:1::/48), RFC 3056 (2002::/16), RFC 4291 2.5.5 (::a.b.c.d, ::ffff:a.b.c.d).
_HOLDING = tuple(
    (ipaddress.IPv6Network(net), shift)
    for net, shift in (("64:ff9b::/96", 0), ("64:ff9b:1::/48", 0), ("2002::/16", 80), ("::/96", 0), ("::ffff:0:0/96", 0), ("::ffff:0:0:0/96", 0))
)
#: Addresses that Python's `is_global` lets pass and that are nobody's business, among them those that clouds tell secrets at.
_INSIDE = tuple(
    ipaddress.ip_network(net) for net in ("100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "fec0::/10", "fd00:ec2::/32", "2001::/32", "5f00::/16")
)


class NotReachable(OSError):
    """The name or address leads to a place that is not open to connected servers."""


def is_open(address: str) -> bool:
    """Whether an address is one of the public network's, however it is written."""
    try:
        found: Ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        for network, shift in _HOLDING:
            if found in network:
                return is_open(str(ipaddress.IPv4Address(int(found) >> shift & 0xFFFFFFFF)))
    inside = any(found.version == network.version and found in network for network in _INSIDE)
    return found.is_global and not (
        inside or found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback or found.is_link_local
    )


def check_literal(hostname: str) -> None:
    """A host that is an address already is never resolved, so it is looked at here. Raises: NotReachable."""
    try:
        ipaddress.ip_address(hostname.strip("[]").partition("%")[0])
    except ValueError:
        return
    if not is_open(hostname.strip("[]")):
        raise NotReachable("This address is not open to connected servers.")


class CheckedResolver(AbstractResolver):
    """Resolves as the system does, and gives nothing where one of the addresses is not open."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Addresses of `host`. Raises: NotReachable, OSError."""
        found: list[ResolveResult] = await self._resolver.resolve(host, port, family)
        if not all(is_open(one["host"]) for one in found):
            raise NotReachable("This name leads to an address that is not open to connected servers.")
        return found

    async def close(self) -> None:
        """Nothing is kept."""
        await self._resolver.close()


def blocked(error: BaseException | None) -> bool:
    """Whether a failed connection failed for this reason, however deep that lies."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, NotReachable):
            return True
        seen.add(id(error))
        wrapped: Any = getattr(error, "os_error", None)
        error = wrapped if isinstance(wrapped, BaseException) else error.__cause__ or error.__context__
    return False
