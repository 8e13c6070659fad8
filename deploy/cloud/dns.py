"""The names of the site: which records it needs, what the zone has, and the steps from one to the other.

Cloudflare and GoDaddy are spoken to by dns-lexicon. Whether the world knows the records is asked in resolvers.py.
"""

import contextlib
import getpass
import ipaddress
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import requests
from lexicon.config import ConfigResolver
from lexicon.exceptions import AuthenticationError, LexiconError

# Reading the providers' own classes, not lexicon.client: that one fetches the list of public suffixes to guess a zone which is known here.
from lexicon._private.providers import cloudflare, godaddy  # isort: skip

from deploy.site import Site

#: Seconds for which resolvers may keep a record: short, so that a move to another machine shows soon.
#: GoDaddy takes nothing below 600. Source: lexicon's provider, which raises smaller values to that.
TTL_S = 600
#: Where the access comes from, by provider: lexicon's option and the variable of the environment.
ACCESS = {
    "cloudflare": {"auth_token": "CLOUDFLARE_API_TOKEN"},
    "godaddy": {"auth_key": "GODADDY_API_KEY", "auth_secret": "GODADDY_API_SECRET"},
}
#: GoDaddy's API answers 422 to a CAA record. Source: https://github.com/AnalogJ/lexicon/pull/506
WITHOUT_CAA = frozenset({"godaddy"})
Say = Callable[[str], None]


class DnsError(Exception):
    """A record cannot be set, or is not seen; the message is one sentence that says what to do."""


@dataclass(frozen=True, order=True)
class Record:
    """One record; `content` of a CAA record is unquoted: `0 issue letsencrypt.org`."""

    name: str
    kind: str
    content: str

    def __str__(self) -> str:
        return f"{self.kind:<6}{self.name} {self.content}"


@dataclass(frozen=True)
class Step:
    """One thing to do at the provider; `before` is the record that is changed or deleted, with its id there."""

    action: Literal["delete", "change", "create"]
    record: Record
    before: Record | None = None
    identifier: str = ""

    def __str__(self) -> str:
        return f"{self.action:<7}{self.record}{f' (now {self.before.content})' if self.action == 'change' and self.before else ''}"


def addresses(site: Site, from_stack: Callable[[], str]) -> tuple[str, str]:
    """The site's IPv4 and IPv6 address ("" where it has none): from site.dns, else server.ssh_host, else the stack.

    Raises: DnsError where there is none.
    """
    ipv4, ipv6 = site.dns.ipv4, site.dns.ipv6
    with contextlib.suppress(ValueError):
        found = ipaddress.ip_address(site.server.ssh_host)
        ipv4, ipv6 = (ipv4 or str(found), ipv6) if found.version == 4 else (ipv4, ipv6 or str(found))
    ipv4 = ipv4 or ("" if ipv6 else from_stack())
    if not ipv4 and not ipv6:
        raise DnsError("The site has no address: set dns.ipv4, or server.ssh_host to an address.")
    return ipv4, ipv6


def wanted(site: Site, ipv4: str, ipv6: str) -> list[Record]:
    """The records that the site needs. Raises: DnsError where a name is not in the zone."""
    for host in site.hosts:
        if host != site.zone and not host.endswith(f".{site.zone}"):
            raise DnsError(f"{host} is not in the zone {site.zone}: change dns.zone.")
    found = [Record(host, kind, content) for host in site.hosts for kind, content in (("A", ipv4), ("AAAA", ipv6)) if content]
    if site.dns.provider not in WITHOUT_CAA:
        found += [Record(host, "CAA", f"0 issue {issuer}") for host in _caa_hosts(site) for issuer in site.dns.caa]
    return found


def _caa_hosts(site: Site) -> list[str]:
    """Hosts that need a CAA record of their own: those below another one inherit its. Source: RFC 8659, section 3."""
    return [host for host in site.hosts if not any(host.endswith(f".{other}") for other in site.hosts)]


def by_hand(site: Site) -> list[str]:
    """What the provider's API cannot do, as sentences for the operator."""
    if site.dns.provider not in WITHOUT_CAA or not site.dns.caa:
        return []
    records = [f'{host} CAA 0 issue "{issuer}"' for host in _caa_hosts(site) for issuer in site.dns.caa]
    return [f"GoDaddy's API takes no CAA records; add them on its website if you want them: {', '.join(records)}."]


class _Cloudflare(cloudflare.Provider):
    """lexicon sends CAA's flags as text; Cloudflare's API documents a number."""

    def _format_content(self, rtype: str, content: str) -> tuple[str | None, dict[str, Any] | None]:
        words, fields = super()._format_content(rtype, content)  # type: ignore[no-untyped-call]
        return words, {**fields, "flags": int(fields["flags"])} if rtype == "CAA" else fields


class _GoDaddy(godaddy.Provider):
    """GoDaddy calls the zone's own name @; and the zone is known, so no list of public suffixes is fetched to guess it."""

    def get_root_domain_name(self) -> str:
        return str(self.domain)

    def _full_name(self, record_name: str) -> str:
        return str(self.domain) if record_name in ("@", "") else str(super()._full_name(record_name))

    def _relative_name(self, record_name: str) -> str:
        return "@" if record_name == "@" else str(super()._relative_name(record_name)) or "@"


class Zone:
    """The site's zone at its provider. `endpoint`: another address of the provider's API."""

    def __init__(self, site: Site, access: dict[str, str], endpoint: str = "") -> None:
        self.name, self.provider_name = site.zone, site.dns.provider
        options = {"provider_name": self.provider_name, "domain": site.zone, "ttl": TTL_S, self.provider_name: access}
        maker: Any = {"cloudflare": _Cloudflare, "godaddy": _GoDaddy}[self.provider_name]
        self._provider: Any = maker(ConfigResolver().with_dict(options))  # type: ignore[no-untyped-call]
        if endpoint:
            self._provider.api_endpoint = endpoint
        with self._plain_errors():
            self._provider.authenticate()

    def records(self, names: list[str]) -> list[tuple[Record, str]]:
        """The A, AAAA, CAA and CNAME records of `names` with their ids at the provider. Raises: DnsError."""
        with self._plain_errors():
            found = self._provider.list_records()
        return [
            (Record(name, each["type"], _plain(each["type"], each["content"])), each["id"])
            for each in found
            if (name := each["name"].lower().rstrip(".")) in names and each["type"] in ("A", "AAAA", "CAA", "CNAME")
        ]

    def carry_out(self, step: Step) -> None:
        """Do one step. Raises: DnsError."""
        record = step.record
        with self._plain_errors():
            if step.action == "create":
                self._provider.create_record(record.kind, record.name, record.content)
            elif step.action == "change":
                self._provider.update_record(step.identifier, record.kind, record.name, record.content)
            else:
                self._provider.delete_record(step.identifier)

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except requests.HTTPError as error:
            raise DnsError(self._sentence(error.response)) from error
        except requests.RequestException as error:
            raise DnsError(f"The API of {self.provider_name} cannot be reached: {type(error).__name__}.") from error
        except AuthenticationError as error:
            raise DnsError(f"This access to {self.provider_name} sees no zone {self.name}: is dns.zone right, and may it read that zone?") from error
        except LexiconError as error:
            raise DnsError(f"{self.provider_name}: {str(error).rstrip('.')}.") from error

    def _sentence(self, response: Any) -> str:
        variables = " and ".join(ACCESS[self.provider_name].values())
        said = _said(response)
        if self.provider_name == "godaddy" and response.status_code == 403:
            return f"GoDaddy does not let this account use its DNS API ({said}): only larger accounts may; move the nameservers to Cloudflare."
        # Cloudflare answers 400 with code 6003 to a token that is not even shaped like one.
        if response.status_code in (401, 403) or (response.status_code == 400 and "6003" in response.text):
            return f"{self.provider_name} refuses this access ({said}): look at {variables}."
        if self.provider_name == "godaddy" and response.status_code == 404:
            return f"This GoDaddy account has no domain {self.name}: is dns.zone right?"
        if response.status_code == 429:
            return f"{self.provider_name} has had too many requests: wait a few minutes and say `fab dns` again."
        return f"{self.provider_name} answered {response.status_code}: {said}."


def _said(response: Any) -> str:
    try:
        body = response.json()
    except ValueError:
        return f"status {response.status_code}"
    errors = body.get("errors") if isinstance(body, dict) else None
    found = errors[0].get("message") if errors else body.get("message") if isinstance(body, dict) else ""
    return str(found or f"status {response.status_code}").rstrip(".")


def _plain(kind: str, content: str) -> str:
    """A record's content as `Record` holds it."""
    if kind == "AAAA":
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(content))
    return content.replace('"', "") if kind == "CAA" else content


def plan(needed: list[Record], present: list[tuple[Record, str]], *, caa: bool = True) -> list[Step]:
    """The steps from `present` (with ids) to `needed`: deletions that stand in the way first.

    Of each name only A, AAAA, CNAME and, with `caa`, CAA records with the tag `issue` are touched.
    """
    missing = [record for record in needed if record not in {each for each, _ in present}]
    seen: set[Record] = set()
    stale: list[tuple[Record, str]] = []
    for record, identifier in present:
        ours = record.kind != "CAA" or (caa and record.content.split()[1:2] == ["issue"])
        if ours and (record not in needed or record in seen):
            stale.append((record, identifier))
        seen.add(record)
    steps: list[Step] = []
    for record, identifier in stale:
        # A CAA record is never changed in place: as one more, the new one is there before the old one goes.
        better = next((each for each in missing if (each.name, each.kind) == (record.name, record.kind) and each.kind != "CAA"), None)
        if better:
            missing.remove(better)
            steps.append(Step("change", better, record, identifier))
        else:
            steps.append(Step("delete", record, record, identifier))
    steps += [Step("create", record) for record in missing]
    return sorted(steps, key=_order)


def _order(step: Step) -> int:
    """A CNAME must go before an address can come; everything else comes before the old goes."""
    if step.action == "delete":
        return 0 if step.record.kind == "CNAME" else 3
    return 1 if step.action == "change" else 2


def access(provider: str) -> dict[str, str]:
    """The provider's token or key from the environment, or typed here without being shown; never a word of a command line.

    Raises: DnsError where it is empty.
    """
    found = {}
    for option, variable in ACCESS[provider].items():
        value = os.environ.get(variable, "").strip() or (getpass.getpass(f"{variable}: ").strip() if sys.stdin.isatty() else "")
        if not value or not value.isascii() or not value.isprintable():
            raise DnsError(f"{variable} is {'no token' if value else 'missing'}: put it into the environment, or type it when asked.")
        found[option] = value
    return found
