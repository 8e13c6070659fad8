"""The tasks of the cloud and of DNS; each ends with one sentence where something is wrong."""

import contextlib
import sys
from collections.abc import Iterator

from fabric import Connection, task

from deploy.cloud import dns, resolvers, stack
from deploy.cloud.account import Account, CloudError, plain_errors
from deploy.site import Site, SiteError, read_site


def _say(text: str) -> None:
    print(text, flush=True)


def _typed(question: str) -> str:
    if not sys.stdin.isatty():
        raise CloudError("nobody is there to be asked: say it with --yes")
    return input(question).strip()


@contextlib.contextmanager
def _account() -> Iterator[tuple[Account, Site]]:
    try:
        site = read_site()
        with plain_errors(site.aws.region):
            yield Account(site), site
    except (SiteError, CloudError) as error:
        raise SystemExit(f"fab: {error}") from error


def _show(found: dict[str, str]) -> None:
    for name, value in sorted(found.items()):
        _say(f"{name:<12}{value}")


@task
def provision(_c: Connection, yes: bool = False) -> None:
    """Make the machine at AWS, or bring it up to date with site.toml: shows what would change and asks, unless --yes."""
    with _account() as (account, site):
        planned = stack.plan(account, site)
        if planned.empty:
            _say(f"Nothing to do: the stack {planned.stack} is up to date.")
        else:
            _say(f"{'New stack' if planned.new else 'Changes to the stack'} {planned.stack} in {account.region}:")
            for line in planned.lines:
                _say(f"  {line}")
            try:
                wanted = yes or _typed("Do this? Type yes: ") == "yes"
            except CloudError:
                stack.forget(account, planned)
                raise
            if not wanted:
                stack.forget(account, planned)
                raise SystemExit("fab: nothing was changed.")
            try:
                stack.carry_out(account, planned, _say)
            except CloudError:
                if planned.replaces_server:
                    stack.forget(account, planned)
                raise
        _show(stack.outputs(account, site.aws.stack))


@task
def deprovision(_c: Connection, yes: str = "") -> None:
    """Delete the machine at AWS with its disk and address: asks for the stack's name, unless --yes STACK."""
    with _account() as (account, site):
        name = site.aws.stack
        if stack.find(account, name) is None:
            raise CloudError(f"There is no stack {name} in {account.region}.")
        _say(f"This deletes the machine of the stack {name} in {account.region}, its disk with every story on it, and its address.")
        if (yes or _typed("Type the stack's name: ")) != name:
            raise SystemExit("fab: that is not the stack's name; nothing was deleted.")
        stack.take_down(account, name, _say)
        _say(f"The stack {name} is gone.")


@task
def outputs(_c: Connection) -> None:
    """The machine's address, its id and its first user."""
    with _account() as (account, site):
        _show(stack.outputs(account, site.aws.stack))


@task(name="dns")
def dns_(_c: Connection, yes: bool = False) -> None:
    """Let the site's names lead to the machine: shows a plan and asks, unless --yes; waits until name servers and resolver agree."""
    try:
        site = read_site()
        ipv4, ipv6 = dns.addresses(site, lambda: _address_of_stack(site))
        needed = dns.wanted(site, ipv4, ipv6)
        zone = dns.Zone(site, dns.access(site.dns.provider))
        steps = dns.plan(needed, zone.records(site.hosts), caa=site.dns.provider not in dns.WITHOUT_CAA)
        _say(f"{site.zone} at {site.dns.provider}:" if steps else f"Nothing to do: {site.zone} at {site.dns.provider} has all {len(needed)} records.")
        for step in steps:
            _say(f"  {step}")
        for sentence in dns.by_hand(site):
            _say(sentence)
        if steps and not yes and _typed("Do this? Type yes: ") != "yes":
            raise SystemExit("fab: nothing was changed.")
        for step in steps:
            zone.carry_out(step)
            _say(f"done: {step}")
        resolvers.wait(needed, resolvers.servers(site.zone), _say)
    except (SiteError, CloudError, dns.DnsError) as error:
        raise SystemExit(f"fab: {error}") from error


def _address_of_stack(site: Site) -> str:
    with plain_errors(site.aws.region):
        return stack.outputs(Account(site), site.aws.stack)["Address"]
