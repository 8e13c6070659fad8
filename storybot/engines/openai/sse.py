"""Server-sent events out of bytes, for one response: what arrives goes in, whole events' data comes out.

Only `data` fields matter to this engine; names, ids, retry times and comments are skipped. The engine calls it.
"""

#: The longest event that is taken, in bytes; a longer one is no chat completion.
MAX_EVENT_BYTES = 10 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """One event holds more than `MAX_EVENT_BYTES`."""


class EventReader:
    """Cuts a byte stream into events, wherever the network happened to split it.

    Source: WHATWG HTML, 9.2.6 "Interpreting an event stream", but for a lone CR as a line end, which no model
    server sends. Two mercies: an event that ends with the stream instead of a blank line counts, and a line that
    is a bare JSON object (an error that a proxy wrote into the stream) is an event of its own.
    """

    __slots__ = ("_data", "_data_bytes", "_first", "_partial", "_partial_bytes")

    def __init__(self) -> None:
        self._partial: list[bytes] = []
        self._partial_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._first = True

    def feed(self, received: bytes) -> list[bytes]:
        """The data of every event that `received` completes, in order, without the line end.

        Raises: EventTooLong.
        """
        if received[:6] == b"data: " and received[-2:] == b"\n\n" and not (self._partial or self._data):
            # By far the most common case: whole events of one line each.
            events = received[6:-2].split(b"\n\ndata: ")
            if received.count(b"\n") == 2 * len(events):
                return events
        if b"\n" not in received:
            self._keep(received)
            return []
        if self._partial:
            self._partial.append(received)
            received = b"".join(self._partial)
            self._partial.clear()
            self._partial_bytes = 0
        lines = received.split(b"\n")
        rest = lines.pop()
        if rest:
            self._keep(rest)
        if self._first:
            self._first = False
            lines[0] = lines[0].removeprefix(_BOM)
        return self._events(lines)

    def end(self) -> list[bytes]:
        """The data of an event that the end of the stream completed; at most one."""
        last = b"".join(self._partial)
        self._partial.clear()
        return self._events([last, b""])

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        data = self._data
        for line in lines:
            if line[:5] == b"data:":
                data.append(line[5:])
                self._data_bytes += len(line)
                if self._data_bytes > MAX_EVENT_BYTES:
                    raise EventTooLong
            elif not line or line == b"\r":
                if data:
                    # Space, CR and tab around JSON mean nothing; so does the one space of the standard.
                    events.append(data[0].strip() if len(data) == 1 else b"\n".join(data).strip())
                    data.clear()
                    self._data_bytes = 0
            elif line[:1] == b"{":
                events.append(line.strip())
        return events

    def _keep(self, received: bytes) -> None:
        self._partial.append(received)
        self._partial_bytes += len(received)
        if self._partial_bytes > MAX_EVENT_BYTES:
            raise EventTooLong
