"""`fab deploy` and `fab rollback`: a new version comes into a folder of its own and is switched to in one step.

Under /srv/storybot: `releases/TIME-COMMIT` (files that did not change are hard links to those of the release before),
`venvs/HASH` (one for each lock file), `static` (the page's files of all releases that are kept), `current` and `next`
(symbolic links). systemd holds the listening socket, so that requests wait while the web process is replaced; readers of
a running story come back by themselves, and another worker goes on writing where the last one was.
"""

import hashlib
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fabric import Connection

from deploy.host.connect import HostError, run, say, ssh_words
from deploy.host.layout import APP, BACKEND, CURRENT, KEPT, RELEASES, SERVICES, STATIC, VENVS
from deploy.site import Site

ROOT = Path(__file__).resolve().parents[2]
#: What a release consists of.
PARTS = ("storybot", "web/dist", "requirements.lock", "pyproject.toml")
#: How long a new release may take to be healthy, and how long it has to stay so, in seconds.
HEALTHY_S = 60
STEADY_S = 3
#: Ends of a service right after its start that are enough to know that it will not stay.
FALLS = 2
INSTALL_S = 900
MIGRATE_S = 3600

#: A file in the folder of a release that was not healthy: nobody goes back to it unasked.
UNHEALTHY = ".unhealthy"


def deploy(connection: Connection, site: Site, root: Path = ROOT) -> str:
    """Bring this working copy onto the server; returns the release's name.

    Raises: HostError; the release before is then in use, as it was.
    """
    if not (root / "web/dist/index.html").is_file():
        raise HostError("The page is not built: `make build` builds it.")
    with _alone(connection):
        before = current(connection)
        name = _upload(connection, site, root, before)
        _install(connection, root, name)
        _link(connection, "next", f"releases/{name}")
        _migrate(connection)
        _switch(connection, name)
        try:
            _healthy(connection)
        except HostError as error:
            raise _back(connection, before, name, error) from error
        _prune(connection)
    say(f"deployed: {name}")
    return name


def rollback(connection: Connection, to: str = "") -> str:
    """Go back to the release before the current one, or to the one that is named; returns its name. Raises: HostError."""
    with _alone(connection):
        there, now = releases(connection), current(connection)
        older = [name for name in there if name < now and name not in unhealthy(connection)]
        if to and to not in there:
            raise HostError(f"There is no release {to} on the server: {', '.join(there)}.")
        if not to and not older:
            raise HostError(f"{now or 'Nothing'} is the oldest healthy release on the server: there is none to go back to.")
        name = to or older[-1]
        _switch(connection, name)
        try:
            _healthy(connection)
        except HostError as error:
            raise _back(connection, now, name, error) from error
    say(f"rolled back: {name}")
    return name


def releases(connection: Connection) -> list[str]:
    """The releases on the server, oldest first."""
    return sorted(run(connection, f"ls {RELEASES}").split())


def unhealthy(connection: Connection) -> set[str]:
    """Releases that were in use and given up for another one at once."""
    return {path.split("/")[0] for path in run(connection, f"sh -c 'cd {RELEASES} && ls -d */{UNHEALTHY} 2>/dev/null'", check=False).split()}


def current(connection: Connection) -> str:
    """The release in use; empty before the first one."""
    return run(connection, f"readlink {CURRENT}", check=False).rpartition("/")[2]


def status(connection: Connection) -> str:
    """How everything stands, for a person to read."""
    now = current(connection)
    lines = ["releases: " + (", ".join(f"{name} (in use)" if name == now else name for name in releases(connection)) or "none")]
    for service in ("nginx.service", "storybot-web.socket", *SERVICES):
        shown = run(connection, f"systemctl show {service} -p ActiveState -p SubState -p NRestarts -p ActiveEnterTimestamp --value")
        words = [word for word in shown.splitlines() if word]
        lines.append(f"{service}: {', '.join(words)}")
    lines.append("ready: " + run(connection, f"curl -sS -m 5 http://{BACKEND}/readyz", check=False))
    lines.append("timers:\n" + run(connection, "systemctl list-timers --no-pager --no-legend 'storybot-*'"))
    lines.append("disk: " + run(connection, "df -h --output=avail,pcent / | tail -n 1") + " used")
    return "\n".join(lines)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    lock = f"{APP}/.deploying"
    if not run(connection, f"mkdir {lock} && echo mine", check=False):
        since = run(connection, f"stat -c %y {lock}", check=False)
        raise HostError(f"Another deployment is under way since {since[:19]}; if it was cut off, say `rmdir {lock}` on the server.")
    try:
        yield
    finally:
        run(connection, f"rmdir {lock}", check=False)


def _name(root: Path) -> str:
    commit = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True).stdout.strip()
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{commit or 'unversioned'}"


def _upload(connection: Connection, site: Site, root: Path, before: str) -> str:
    name = _name(root)
    where = f"{connection.user}@{site.server.ssh_host}"
    shell = ["-e", shlex.join(ssh_words(site))]
    # The page's files first: whoever is shown the new page finds all of it.
    _rsync([*shell, "-a", "--chmod=D0755,F0644", f"{root}/web/dist/assets", f"{where}:{STATIC}/"])
    link = [f"--link-dest={RELEASES}/{before}/"] if before else []
    sources = [f"{root}/./{part}" for part in PARTS]
    _rsync([*shell, "-aR", "--delete", "--exclude=__pycache__", "--chmod=D0755,F0644", *link, *sources, f"{where}:{RELEASES}/{name}/"])
    say(f"uploaded: {name}")
    return name


def _rsync(words: list[str]) -> None:
    found = subprocess.run(["rsync", *words], capture_output=True, text=True)
    if found.returncode:
        raise HostError(f"rsync failed with status {found.returncode}: {' / '.join(found.stderr.strip().splitlines()[-3:])}")


def _install(connection: Connection, root: Path, name: str) -> None:
    """Give the release its virtual environment: one for each lock file, and so mostly the one of the release before."""
    python = run(connection, "python3 -c 'import sys; print(sys.version)'")
    key = hashlib.sha256((root / "requirements.lock").read_bytes() + python.encode()).hexdigest()[:16]
    place, release = f"{VENVS}/{key}", f"{RELEASES}/{name}"
    if not run(connection, f"ls {place}/complete", check=False):
        say("installing what the lock file names")
        pip = f"{place}/bin/python -m pip --disable-pip-version-check --no-input install --quiet"
        script = f"rm -rf {place}; python3 -m venv {place}; {pip} --no-deps --require-hashes -r {release}/requirements.lock; touch {place}/complete"
        run(connection, f"sh -ec {shlex.quote(script)}", timeout=INSTALL_S)
    script = f"ln -s {place} {release}/venv; cd {release}; venv/bin/python -m compileall -q storybot; venv/bin/python -m storybot --version"
    run(connection, f"sh -ec {shlex.quote(script)}")


def _migrate(connection: Connection) -> None:
    try:
        run(connection, "systemctl start storybot-migrate.service", sudo=True, timeout=MIGRATE_S)
    except HostError as error:
        raise HostError(f"The database could not be brought up to date, and nothing was switched: {_said(connection, 'storybot-migrate')}") from error


def _switch(connection: Connection, name: str) -> None:
    _link(connection, "current", f"releases/{name}")
    _restart(connection)


def _link(connection: Connection, link: str, target: str) -> None:
    """Point a symbolic link elsewhere in one step: it is never missing."""
    run(connection, f"sh -ec 'cd {APP}; ln -sfn {target} {link}.new; mv -T {link}.new {link}'")


def _restart(connection: Connection) -> None:
    """Restart both; what comes of it `_healthy` sees."""
    run(connection, f"systemctl restart {' '.join(SERVICES)}", sudo=True, check=False, timeout=180)


def _healthy(connection: Connection) -> None:
    """Wait until the page and the API answer, a worker lives, and all of it stays so. Raises: HostError with what was said."""
    deadline = time.monotonic() + HEALTHY_S
    steady_since: float | None = None
    falls = _falls(connection)
    while steady_since is None or time.monotonic() - steady_since < STEADY_S:
        if time.monotonic() > deadline or _falls(connection) - falls >= FALLS:
            raise HostError(f"not healthy: {_said(connection, 'storybot-web', 'storybot-worker')}")
        code = "curl -s -m 5 -o /dev/null -w '%{http_code}'"
        ready = run(connection, f"{code} http://{BACKEND}/readyz", check=False)
        page = run(connection, f"curl -s -m 5 -H 'Accept: text/html' http://{BACKEND}/ | grep -c 'id=\"root\"'", check=False)
        active = run(connection, f"systemctl is-active {' '.join(SERVICES)}", check=False).split()
        is_well = ready == "200" and page == "1" and active == ["active"] * len(SERVICES)
        steady_since = (steady_since or time.monotonic()) if is_well else None
        time.sleep(0.25)


def _falls(connection: Connection) -> int:
    """How often systemd had to start the services again by itself."""
    shown = run(connection, f"systemctl show {' '.join(SERVICES)} -p NRestarts --value", check=False)
    return sum(int(count) for count in shown.split() if count.isdigit())


def _said(connection: Connection, *units: str) -> str:
    """The last words of these services."""
    words = " ".join(f"_SYSTEMD_UNIT={unit}.service" for unit in units)  # their own words, without systemd's about them
    lines = run(connection, f"journalctl -q --no-pager -o cat -n 6 {words}", check=False).splitlines()
    return " / ".join(line[:300] for line in lines) or "they said nothing"


def _back(connection: Connection, before: str, name: str, error: HostError) -> HostError:
    if not before:
        return HostError(f"{name} is {error}; there is no release before it to go back to.")
    run(connection, f"touch {RELEASES}/{name}/{UNHEALTHY}")
    _switch(connection, before)
    try:
        _healthy(connection)
    except HostError as again:
        return HostError(f"{name} is {error}; and {before}, which is in use again, is {again}")
    return HostError(f"{name} is {error}; {before} is in use again and healthy.")


def _prune(connection: Connection) -> None:
    """Keep the newest releases, and of virtual environments and static files what they need."""
    script = f"""
cd {RELEASES}
now=$(basename "$(readlink {CURRENT})")
ls | sort -r | tail -n +{KEPT + 1} | while read -r old; do [ "$old" = "$now" ] || rm -rf -- "$old"; done
for venv in {VENVS}/*; do
    used=
    for release in */venv; do [ "$(readlink "$release")" = "$venv" ] && used=yes; done
    [ -n "$used" ] || rm -rf -- "$venv"
done
find {STATIC} -type f | while read -r file; do
    kept=
    for release in *; do [ -e "$release/web/dist/${{file#{STATIC}/}}" ] && kept=yes && break; done
    [ -n "$kept" ] || rm -f -- "$file"
done
"""
    run(connection, f"sh -ec {shlex.quote(script)}")
