"""The tasks of the server, as a list of steps; each ends with one sentence where something is wrong."""

import contextlib
import getpass
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fabric import Connection, task

from deploy.host import layout, releases, secrets, setup, tls
from deploy.host.connect import HostError, host, run, say, stop
from deploy.site import Site, SiteError, read_site

ROOT = releases.ROOT


@contextlib.contextmanager
def _at(user: str) -> Iterator[tuple[Connection, Site]]:
    """The server as `admin` or `deploy`; errors end the task with their sentence."""
    try:
        site = read_site()
        name = site.server.admin_user if user == "admin" else site.server.deploy_user
        with host(site, user=name) as connection:
            yield connection, site
    except (SiteError, HostError) as error:
        raise stop(error) from error


@task
def trust(_c: Connection, yes: str = "") -> None:
    """Show the server's SSH keys, and trust them from now on if they are the right ones (--yes FINGERPRINT asks nothing)."""
    try:
        server = read_site().server
    except SiteError as error:
        raise stop(error) from error
    found = subprocess.run(["ssh-keyscan", "-T", "15", "-p", str(server.ssh_port), server.ssh_host], capture_output=True, text=True)
    keys = "".join(line + "\n" for line in found.stdout.splitlines() if line and not line.startswith("#"))
    if not keys:
        raise SystemExit(f"fab: {server.ssh_host} shows no SSH key at port {server.ssh_port}.")
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
        file.write(keys)
        file.flush()
        prints = subprocess.run(["ssh-keygen", "-lf", file.name], capture_output=True, text=True, check=True).stdout
    say(prints.rstrip())
    if yes:
        if yes not in prints.split():
            raise SystemExit(f"fab: none of these keys has the fingerprint {yes}.")
    elif input("Are these the keys that the server's console or its maker shows? Type yes: ").strip() != "yes":
        raise SystemExit("fab: nothing was trusted.")
    known = Path(server.known_hosts).expanduser()
    known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with known.open("a", encoding="utf-8") as file_:
        file_.write(keys)
    say(f"written to {known}")


@task(name="setup")
def setup_(_c: Connection) -> None:
    """Make an empty Debian 12 or Ubuntu ready: users, packages, firewall, units, gateway. Safe to say again."""
    with _at("admin") as (connection, site):
        setup.set_up(connection, site)


@task
def gateway(_c: Connection) -> None:
    """Bring nginx up to date with site.toml, and nothing else."""
    with _at("admin") as (connection, site):
        setup.gateway(connection, site)


@task(name="tls")
def tls_(_c: Connection) -> None:
    """Get the certificate and let the gateway use it; it renews itself."""
    with _at("admin") as (connection, site):
        tls.get_certificate(connection, site)


@task
def deploy(_c: Connection) -> None:
    """Build the page, bring this version onto the server, switch to it, and go back by itself if it is not healthy."""
    subprocess.run(["make", "--no-print-directory", "-C", str(ROOT), "build"], check=True, stdout=subprocess.DEVNULL)
    with _at("deploy") as (connection, site):
        releases.deploy(connection, site)


@task
def rollback(_c: Connection, to: str = "") -> None:
    """Go back to the release before, or --to a certain one."""
    with _at("deploy") as (connection, _):
        releases.rollback(connection, to)


@task
def status(_c: Connection) -> None:
    """How the server stands: releases, services, timers, disk."""
    with _at("deploy") as (connection, _):
        say(releases.status(connection))


@task
def logs(_c: Connection, lines: int = 50, follow: bool = False, trace: str = "") -> None:
    """The app's last log lines; --follow stays, --trace ID shows those of one request or story."""
    with _at("deploy") as (connection, _):
        journal = "journalctl --no-pager -o cat -u storybot-web.service -u storybot-worker.service"
        command = f"{journal} -n {int(lines)}"
        if trace:
            if not trace.replace("-", "").isalnum():
                raise SystemExit("fab: a trace id has letters, digits and hyphens.")
            command = f"{journal} | grep -F '\"{trace}\"' | tail -n {int(lines)}"
        if follow and not trace:
            connection.run(f"{command} --follow", pty=True, warn=True)
        else:
            say(run(connection, command, check=False))


@task(name="secrets-put")
def secrets_put(_c: Connection, name: str, file: str = "") -> None:
    """Put one of the app's secrets onto the server: asked for here, or from --file; never a word of a command line."""
    with _at("admin") as (connection, _):
        secrets.put(connection, name, secrets.value_from(file) if file else _typed(name))


def _typed(name: str) -> str:
    """A secret that is typed here without being shown, or comes through a pipe."""
    return getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()


@task(name="secrets-list")
def secrets_list(_c: Connection) -> None:
    """The names of the secrets that the server has."""
    with _at("admin") as (connection, _):
        say("\n".join(secrets.names(connection)) or "none")


@task(name="secrets-remove")
def secrets_remove(_c: Connection, name: str) -> None:
    """Take a secret away from the server."""
    with _at("admin") as (connection, _):
        secrets.remove(connection, name)


@task
def backup(_c: Connection) -> None:
    """Make a backup now; a timer makes one every day."""
    with _at("admin") as (connection, _):
        say(_unit(connection, "storybot-backup"))


@task
def backups(_c: Connection) -> None:
    """The backups that lie on the server."""
    with _at("admin") as (connection, _):
        say(run(connection, f"ls -lh --time-style=long-iso {layout.BACKUPS}", sudo=True))


@task(name="restore-check")
def restore_check(_c: Connection) -> None:
    """Restore the newest backup beside everything and hold it against what it says of itself; a timer does so every week."""
    with _at("admin") as (connection, _):
        say(_unit(connection, "storybot-restore-check"))


@task
def restore(_c: Connection, name: str, yes: bool = False) -> None:
    """Put a backup in the place of the data; what was there is kept beside it. Asks first, unless --yes."""
    with _at("admin") as (connection, _):
        if not name.startswith("storybot-") or not name.endswith(".tar.gz") or "/" in name or not name.replace(".", "").replace("-", "").isalnum():
            raise SystemExit("fab: name a backup as `fab backups` shows it.")
        if not yes and input(f"Stop Storybot and go back to {name}? Type yes: ").strip() != "yes":
            raise SystemExit("fab: nothing was changed.")
        say(bring_back(connection, name))


@task
def user(_c: Connection, words: str) -> None:
    """What `storybot user` does, on the server: `fab user list`, `fab user "add --admin ann@example.com"` (asks for a password)."""
    with _at("admin") as (connection, _):
        given = f"{_typed('password').strip()}\n" if words.split()[:1] == ["add"] else ""
        say(as_service(connection, ["venv/bin/python", "-m", "storybot", "user", *shlex.split(words)], given=given))


def as_service(connection: Connection, words: list[str], *, given: str = "") -> str:
    """What a program prints that runs as the service user, with the app's settings. Raises: HostError."""
    options = f"--quiet --wait --pipe --uid=storybot --gid=storybot -p EnvironmentFile={layout.ETC}/storybot.env -p UMask=0077"
    program = [words[0] if words[0].startswith("/") else f"{layout.CURRENT}/{words[0]}", *words[1:]]
    return run(connection, f"systemd-run {options} -p WorkingDirectory={layout.CURRENT} {shlex.join(program)}", sudo=True, given=given)


def bring_back(connection: Connection, name: str) -> str:
    """Restore a backup while nothing runs; returns what was said. Raises: HostError; the services run again in any case."""
    services = " ".join(layout.SERVICES)
    run(connection, f"systemctl stop storybot-web.socket {services}", sudo=True)
    try:
        return as_service(connection, ["/usr/bin/python3", f"{layout.LIBRARY}/backup.py", "restore", name])
    finally:
        run(connection, "systemctl start storybot-web.socket", sudo=True)
        run(connection, f"systemctl start {services}", sudo=True)


def _unit(connection: Connection, name: str) -> str:
    """Run a unit to its end; returns what it said. Raises: HostError with that."""
    mark = run(connection, "date +%s")
    said = f"journalctl -q --no-pager -o cat --since=@{mark} -u {name}.service"
    try:
        run(connection, f"systemctl start {name}.service", sudo=True)
    except HostError as error:
        raise HostError(f"{name} failed: {run(connection, said, sudo=True)}") from error
    return run(connection, said, sudo=True)
