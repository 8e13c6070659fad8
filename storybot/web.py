"""The web process: the Flask app behind gevent's own server, which holds a thousand open streams."""

import logging
import os
import socket
from typing import Any

import gevent
from gevent import signal_handler
from gevent.pywsgi import WSGIHandler, WSGIServer

from storybot import exposition, schema, service
from storybot.app import create_app
from storybot.db import make_engine
from storybot.listening import listening
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: How long open answers may take to end at a stop, in seconds; readers of a stream come back to the next process.
STOP_S = 2
#: How long a connection may be idle, and take for the head of a request, and how long one read of a body or one write may
#: take, in seconds: who opens connections and does nothing with them must not use up what there is of them.
IDLE_S = 75.0
STALL_S = 60.0


class SocketLine:
    """A connection of gevent's server that the tail may write to, in the framing that its answer has."""

    def __init__(self, handler: WSGIHandler) -> None:
        self._handler = handler

    def send_now(self, content: bytes) -> bytes:
        framed = b"%x\r\n%b\r\n" % (len(content), content) if self._handler.response_use_chunked else content
        try:
            sent: int = self._handler.socket._sock.send(framed)  # gevent's own send would wait
        except BlockingIOError:
            sent = 0
        return framed[sent:]

    def send_rest(self, rest: bytes) -> None:
        self._handler.socket.sendall(rest)


class Handler(WSGIHandler):  # type: ignore[misc]
    """gevent's handler, which lets an event stream have its connection, and waits for nobody for ever."""

    def read_requestline(self) -> str:
        self.socket.settimeout(IDLE_S)
        line: str = super().read_requestline()
        return line

    def read_request(self, raw_requestline: str) -> bool:
        try:
            read: bool = super().read_request(raw_requestline)
        except TimeoutError as error:
            raise ValueError("the head of the request did not come") from error
        self.socket.settimeout(STALL_S)
        return read

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["storybot.line"] = SocketLine(self)
        return environ


def serve(settings: Settings, fd: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `fd`: a socket that listens already, as one that the service manager hands over does.

    Raises: SchemaError when the database is not up to date, SettingsError when a port is taken.
    """
    engine = make_engine(settings.sqlalchemy_url)
    schema.require_head(engine)
    engine.dispose()
    app = create_app(settings)
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        exposition.expose(settings.metrics_host, settings.metrics_port)
    fd = service.listening_fd() if fd is None else fd
    listener = socket.socket(fileno=fd) if fd is not None else listening(settings.host, settings.port)
    listener.setblocking(False)
    server = WSGIServer(listener, app, log=None, error_log=log, handler_class=Handler, environ={"wsgi.multithread": True})
    server.stop_timeout = STOP_S
    stopping = gevent.event.Event()
    for number in (gevent.signal.SIGTERM, gevent.signal.SIGINT):
        signal_handler(number, stopping.set)
    server.start()
    log.info("web started", extra={"server.address": listener.getsockname()[0], "server.port": listener.getsockname()[1]})
    service.tell("READY=1")
    while not stopping.wait(service.pulse_s()):
        service.tell("WATCHDOG=1")
    service.tell("STOPPING=1")
    server.stop()
    log.info("web stopped")
