"""The socket that the page and the API are served on."""

import socket

from storybot.settings import port_taken

#: Connections that wait while all greenlets are busy, or while a new process takes over the socket.
BACKLOG = 1024


def listening(host: str, port: int) -> socket.socket:
    """A listening socket. Raises: SettingsError where the port is taken or may not be used."""
    try:
        made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG)
    except OSError as error:
        raise port_taken("STORYBOT_PORT", port, error) from error
    # Connections inherit this: each piece of text is small and must go out at once.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
