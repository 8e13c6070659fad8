"""`fab secrets-put`: a secret goes to the server through SSH's own channel, into a file that only systemd reads."""

from pathlib import Path

from fabric import Connection

from deploy.host import layout, setup
from deploy.host.connect import HostError, run, say, write
from deploy.site import SECRET

#: Seconds that a web process may take to be there again.
RESTART_S = 60


def put(connection: Connection, name: str, value: str) -> None:
    """Put or replace one of the app's secrets and hand it to the services. Raises: HostError for a wrong name or no value."""
    if name not in SECRET:
        raise HostError(f"{name} is none of the secrets that Storybot knows: {', '.join(sorted(SECRET))}.")
    value = value.strip()
    if not value or "\n" in value:
        raise HostError(f"The value of {name} is empty or has several lines.")
    write(connection, f"{layout.SECRETS}/{name}", value, mode="0600")
    setup.credentials(connection)
    restart_if_running(connection)
    say(f"{name}: put, and handed to the services")


def remove(connection: Connection, name: str) -> None:
    """Take a secret away from the server and the services. Raises: HostError where it is not there."""
    if name not in run(connection, f"ls {layout.SECRETS}", sudo=True).split():
        raise HostError(f"There is no secret {name} on the server.")
    run(connection, f"rm {layout.SECRETS}/{name}", sudo=True)
    setup.credentials(connection)
    restart_if_running(connection)
    say(f"{name}: removed")


def names(connection: Connection) -> list[str]:
    """The names of the secrets that the server has; their values are shown to nobody."""
    return run(connection, f"ls {layout.SECRETS}", sudo=True).split()


def restart_if_running(connection: Connection) -> None:
    """Let the services read their secrets anew."""
    run(connection, f"systemctl try-restart {' '.join(layout.SERVICES)}", sudo=True, timeout=RESTART_S)


def value_from(path: str) -> str:
    """A secret's value from a file. Raises: HostError."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise HostError(f"{path} cannot be read: {error}.") from error
