"""Whether the world knows the records: asks the zone's own name servers and a resolver, over and over, until all agree."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from deploy.cloud.dns import DnsError, Record

ASK_S = 3.0
#: How long it is waited: an old answer may be kept for as long as its own TTL, which was an hour in many zones.
PATIENCE_S = 600.0
PAUSE_S = 5.0


@dataclass(frozen=True)
class Server:
    """One that is asked. `recursive`: a resolver, which may hold an old answer for a while."""

    name: str
    address: str
    port: int = 53
    recursive: bool = False


def servers(zone: str, resolver: dns.resolver.Resolver | None = None) -> list[Server]:
    """The zone's own name servers (one address of each) and `resolver` (default: this machine's).

    Raises: DnsError where the zone is not found.
    """
    resolver = resolver or dns.resolver.Resolver()
    resolver.lifetime = 10.0
    try:
        names = sorted(str(record.target) for record in resolver.resolve(zone, "NS"))
        found = [Server(name.rstrip("."), str(resolver.resolve(name, "A")[0])) for name in names]
    except dns.exception.DNSException as error:
        raise DnsError(f"The name servers of {zone} are not found: is it registered, and does it point to your provider's name servers?") from error
    return [*found, *(Server("the resolver here", str(address), resolver.port, recursive=True) for address in resolver.nameservers[:1])]


def ask(server: Server, name: str, kind: str) -> set[str]:
    """What `server` says: contents as `Record` holds them, in small letters. Raises: OSError, dns.exception.DNSException."""
    query = dns.message.make_query(name, kind)
    if not server.recursive:
        query.flags &= ~dns.flags.RD
    answer, _ = dns.query.udp_with_fallback(query, server.address, timeout=ASK_S, port=server.port)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise OSError(f"the server answered {dns.rcode.to_text(answer.rcode())}")
    wanted = dns.rdatatype.from_text(kind)
    return {str(data).replace('"', "").lower() for rrset in answer.answer if rrset.rdtype == wanted for data in rrset}


def wait(
    needed: Sequence[Record],
    asked: Sequence[Server],
    say: Callable[[str], None],
    *,
    patience_s: float = PATIENCE_S,
    pause_s: float = PAUSE_S,
) -> None:
    """Wait until every server gives exactly the `needed` contents for each name and kind; a line whenever something moves.

    Raises: DnsError after `patience_s` seconds, with what is still missing.
    """
    begun, last = time.monotonic(), ""
    while True:
        open_ = {server.name: found for server in asked if (found := _missing(server, needed))}
        if not open_:
            say(f"{len(asked)} servers agree on {len(needed)} records after {time.monotonic() - begun:.0f} s.")
            return
        line = "; ".join(f"{name}: {found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}" for name, found in open_.items())
        if time.monotonic() - begun > patience_s:
            raise DnsError(
                f"After {patience_s:.0f} s not all servers agree ({line}): say `fab dns` again later; "
                "at Cloudflare the records must not be proxied (grey cloud)."
            )
        if line != last:
            say(f"waiting for {line}")
            last = line
        time.sleep(pause_s)


def _missing(server: Server, needed: Sequence[Record]) -> list[str]:
    found = []
    for name, kind in sorted({(record.name, record.kind) for record in needed}):
        contents = {record.content.lower() for record in needed if (record.name, record.kind) == (name, kind)}
        try:
            said = ask(server, name, kind)
        except (OSError, dns.exception.DNSException) as error:
            return [f"no answer ({type(error).__name__})"]
        # Other CAA tags than `issue` are left as they are.
        if said != contents and not (kind == "CAA" and {each for each in said if each.split()[1] == "issue"} == contents):
            found.append(f"{name} {kind} is {', '.join(sorted(said)) or 'not there'}")
    return found
