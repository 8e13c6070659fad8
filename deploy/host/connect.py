"""Going to the server by SSH: only to one whose key is known, never with a secret on a command line."""

import io
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fabric import Config, Connection
from paramiko import RejectPolicy
from paramiko.ssh_exception import AuthenticationException, BadHostKeyException, NoValidConnectionsError, SSHException

from deploy.site import Site, SiteError

CONNECT_S = 15


class HostError(Exception):
    """Something on the server is not as it has to be; the message says what to do."""


@contextmanager
def host(site: Site, *, user: str | None = None) -> Iterator[Connection]:
    """A connection to the site's server as `user` (default: the administrator), who may use sudo.

    Raises: HostError where the server cannot be reached, shows another key than the known one, or lets nobody in.
    """
    server = site.server
    key = Path(server.deploy_key).expanduser().with_suffix("")
    connect_kwargs: dict[str, Any] = {"key_filename": str(key)} if key.is_file() else {}
    connection = Connection(
        server.ssh_host,
        user=user or server.admin_user,
        port=server.ssh_port,
        config=Config(overrides={"timeouts": {"connect": CONNECT_S}}),
        connect_kwargs=connect_kwargs,
    )
    known = Path(server.known_hosts).expanduser()
    connection.client.set_missing_host_key_policy(RejectPolicy())
    if known.is_file():
        connection.client.load_host_keys(str(known))
    try:
        connection.open()
        yield connection
    except BadHostKeyException as error:
        raise HostError(
            f"{server.ssh_host} shows another key than the one in {known}: unless it was set up anew, somebody stands between you and it."
        ) from error
    except AuthenticationException as error:
        raise HostError(f"{server.ssh_host} does not let {connection.user} in: is {key} the key that it knows?") from error
    except (NoValidConnectionsError, TimeoutError, OSError) as error:
        raise HostError(f"{server.ssh_host} cannot be reached at port {server.ssh_port}: {error}.") from error
    except SSHException as error:
        if "not found in known_hosts" in str(error):
            raise HostError(f"The key of {server.ssh_host} is not known yet: look at it with `fab trust`.") from error
        raise HostError(f"{server.ssh_host}: {error}.") from error
    finally:
        connection.close()


def ssh_words(site: Site) -> list[str]:
    """The `ssh` command that rsync uses, as strict about the server's key as `host`."""
    server = site.server
    words = [
        "ssh",
        "-p",
        str(server.ssh_port),
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        f"UserKnownHostsFile={Path(server.known_hosts).expanduser()}",
    ]
    key = Path(server.deploy_key).expanduser().with_suffix("")
    return [*words, "-o", "BatchMode=yes", *(["-i", str(key)] if key.is_file() else [])]


def run(connection: Connection, command: str, *, check: bool = True, sudo: bool = False, timeout: float | None = None, given: str = "") -> str:
    """What `command` prints; `given` is typed into it. Raises: HostError with its last words where it fails (only with `check`)."""
    found = connection.run(
        f"sudo -n {command}" if sudo else command, hide=True, warn=True, in_stream=io.StringIO(given) if given else False, timeout=timeout
    )
    if check and not found.ok:
        said = (found.stderr.strip() or found.stdout.strip()).splitlines()
        raise HostError(f"`{command}` failed with status {found.return_code}: {' / '.join(said[-4:]) or 'it said nothing'}")
    text: str = found.stdout
    return text.strip()


def write(connection: Connection, path: str, content: str | bytes, *, mode: str = "0644", owner: str = "root:root") -> bool:
    """Write a file as root, in one step; returns whether anything changed."""
    user, group = owner.split(":")
    waiting = f"/tmp/.storybot-{secrets.token_hex(8)}"  # noqa: S108 - made anew and closed to others
    raw = content.encode() if isinstance(content, str) else content
    run(connection, f"sh -c 'umask 077; set -C; : > {waiting}'")
    connection.put(io.BytesIO(raw), waiting)
    target = shlex.quote(path)
    script = (
        f'if cmp -s {waiting} {target} && [ "$(stat -c %a:%U:%G {target})" = {int(mode, 8):o}:{user}:{group} ]; then rm {waiting}; echo same; '
        f"else install -m {mode} -o {user} -g {group} {waiting} {target}.new && mv -f {target}.new {target} && rm {waiting} && echo changed; fi"
    )
    return run(connection, f"sh -c {shlex.quote(script)}", sudo=True) == "changed"


def say(text: str) -> None:
    """One line of progress for whoever watches."""
    print(text, flush=True)


def stop(error: SiteError | HostError) -> SystemExit:
    """What ends a task with one sentence instead of a trace."""
    return SystemExit(f"fab: {error}")
