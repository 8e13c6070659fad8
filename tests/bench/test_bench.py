"""The benchmark sees what is lost, doubled or out of order, and counts only what it should."""

import asyncio
import math
import time
from typing import Any

import pytest
import uvloop

from bench.load import Outcome, Target, read
from bench.model import Stream
from bench.product import cpu_s, descendants, resident_mib
from bench.report import case, percentile, table


def words(*numbers: int, ago_s: float = 0.0) -> bytes:
    return b"".join(b"w%d@%.6f " % (number, time.monotonic() - ago_s) for number in numbers)


def event(text: bytes, seq: int = 1) -> bytes:
    return b'id: %d\nevent: text\ndata: {"text":"%b"}\n\n' % (seq, text)


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


DONE = b'event: done\ndata: {"state":"done"}\n\n'
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MADE = b'{"generation": {"events": "/generations/7/events"}}'


class Server(asyncio.Protocol):
    """Answers a POST with a story and a GET with `answer`, cut into pieces of `cut` bytes."""

    def __init__(self, answer: bytes, cut: int) -> None:
        self._answer = answer
        self._cut = cut

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):
            self._transport.write(b"HTTP/1.1 201 CREATED\r\nContent-Length: %d\r\n\r\n%b" % (len(MADE), MADE))
        else:
            assert data.startswith(b"GET /generations/7/events HTTP/1.1\r\n")
            self._send(0)

    def _send(self, at: int) -> None:
        self._transport.write(self._answer[at : at + self._cut])
        if at + self._cut < len(self._answer):
            asyncio.get_running_loop().call_later(0.0005, self._send, at + self._cut)


def run(factory: Any, target: Target = "storybot", **options: Any) -> Outcome:
    async def scene() -> Outcome:
        loop = asyncio.get_running_loop()
        async with await loop.create_server(factory, "127.0.0.1", 0) as server:
            chosen: dict[str, Any] = {"streams": 1, "words": 4, "rounds": 1, "ramp_s": 0.0, "limit_s": 5.0} | options
            return await read(target, server.sockets[0].getsockname()[1], **chosen)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(scene())


@pytest.mark.parametrize("cut", [7, 100_000])
@pytest.mark.parametrize(
    ("told", "missing", "double", "reordered"),
    [
        ((1, 2, 3, 4), 0, 0, 0),
        ((1, 2, 4), 1, 0, 0),
        ((1, 2, 3), 1, 0, 0),
        ((2, 3, 4), 1, 0, 0),
        ((1, 2, 2, 3, 4), 0, 1, 0),
        ((1, 3, 2, 4), 0, 0, 1),
        ((1, 2, 3, 4, 1, 2), 0, 2, 0),
    ],
)
def test_what_is_lost_is_seen(told: tuple[int, ...], missing: int, double: int, reordered: int, cut: int) -> None:
    answer = STREAM + chunked(event(words(*told[:2])), event(words(*told[2:]), 2), DONE)
    outcome = run(lambda: Server(answer, cut))
    assert (outcome.missing, outcome.double, outcome.reordered, outcome.failed) == (missing, double, reordered, 0)
    assert outcome.words == len(told)


def test_delays_are_those_of_the_words() -> None:
    answer = STREAM + chunked(event(words(1, 2, ago_s=3.0)), event(words(3, ago_s=1.0), 2), event(words(4, ago_s=1.0), 3), DONE)
    outcome = run(lambda: Server(answer, 100_000))
    assert [round(delay) for delay in outcome.delays_s] == [3, 3, 1, 1]
    assert [round(gap) for gap in outcome.gaps_s] == [0, -2, 0]
    assert len(outcome.first_s) == 1


@pytest.mark.parametrize(
    "answer",
    [
        STREAM + chunked(event(words(1)), b'event: failed\ndata: {"problem":{"type":"urn:storybot:problem:engine-timeout"}}\n\n'),
        b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        STREAM + chunked(event(words(1))),
    ],
)
def test_what_does_not_end_well_has_failed(answer: bytes) -> None:
    outcome = run(lambda: Server(answer, 100_000), limit_s=1.0)
    assert outcome.failed == 1
    assert outcome.missing >= 3


def test_after_a_failure_the_next_round_begins_anew() -> None:
    outcome = run(lambda: Server(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 100_000), rounds=3)
    assert (outcome.failed, outcome.missing) == (3, 12)


def test_the_model_server_keeps_its_rate_and_counts() -> None:
    outcome = run(lambda: Stream(words=10, rate=100.0), "direct", streams=3, words=10, rounds=2)
    assert (outcome.words, outcome.missing, outcome.double, outcome.reordered, outcome.failed) == (60, 0, 0, 0, 0)
    assert outcome.generations == len(outcome.first_s) == 6
    assert outcome.seconds > 0.95 * 2 * 9 / 100


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.99, 4), (0.0, 1), (1.0, 4)])
def test_percentile(share: float, expected: float) -> None:
    assert percentile([4, 1, 3, 2], share) == expected
    assert math.isnan(percentile([], share))


def test_case_and_table() -> None:
    direct = Outcome(streams=2, generations=2, words=2000, seconds=10.0, first_s=[0.001, 0.002], delays_s=[0.001], gaps_s=[0.0])
    through = Outcome(streams=2, generations=2, words=2000, seconds=20.0, first_s=[0.011, 0.022], delays_s=[0.005], gaps_s=[0.01], missing=3)
    one = case(direct, through, cpu={"all": 0.4, "web": 0.1, "worker": 0.3}, peak_mib=100.0, foreign=(0.5, 0.25))
    assert one.added_first_p50_ms == pytest.approx(10)
    assert one.added_first_p99_ms == pytest.approx(20)
    assert one.cpu_s_per_1000 == pytest.approx(0.2)
    assert one.ratio == pytest.approx(0.5)
    assert "| 2 | 10.0 / 20.0 | 10.0 | 5.0 / 5.0 | 0 of 2 | 3 / 0 / 0 of 2,000 | 0.200 (0.050 + 0.150) | 100 | 0.500 | 50% / 25% |" in table([one])


def test_what_a_process_uses() -> None:
    pid = descendants(1)[0]
    assert pid == 1
    used = cpu_s(pid)
    assert used >= 0
    assert cpu_s(2**22 + 1) == resident_mib(2**22 + 1) == 0.0
