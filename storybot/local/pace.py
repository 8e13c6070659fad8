"""How fast something goes, and how long it will take. Pure but for the clock."""

import time


class Pace:
    """How fast a download is, over the last seconds. done: bytes that were there at first."""

    #: Over how many seconds, and how long one mark is from the next.
    SPAN_S = 10.0
    MARK_S = 0.25

    def __init__(self, done: int) -> None:
        self._marks = [(time.monotonic(), done)]

    def count(self, done: int) -> None:
        """done: bytes that are there now."""
        moment = time.monotonic()
        if moment - self._marks[-1][0] >= self.MARK_S:
            self._marks.append((moment, done))
        while len(self._marks) > 2 and moment - self._marks[1][0] > self.SPAN_S:
            self._marks.pop(0)

    @property
    def bytes_per_s(self) -> float:
        """0 while nothing can be said yet."""
        (first, before), (last, now) = self._marks[0], self._marks[-1]
        return max(0.0, (now - before) / (last - first)) if last > first else 0.0

    def seconds_left(self, total: int) -> int | None:
        """None where nothing can be said yet."""
        pace = self.bytes_per_s
        return round((total - self._marks[-1][1]) / pace) if pace else None
