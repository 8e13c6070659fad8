"""Turns: who has waited longest is next, who gives up is passed over, and nobody goes together with another."""

import threading
import time

from storybot.turn import Turn


def _waiting(turn: Turn, many: int) -> None:
    deadline = time.monotonic() + 10
    while len(turn._waiting) < many:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_turns_come_in_the_order_of_waiting() -> None:
    turn, came = Turn(), list[int]()
    assert turn.acquire(1)

    def wait(number: int) -> None:
        assert turn.acquire(10)
        came.append(number)
        turn.release()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        _waiting(turn, number + 1)
    turn.release()
    for thread in threads:
        thread.join(10)
    assert came == list(range(8))
    assert turn.acquire(0)


def test_who_comes_when_others_wait_does_not_overtake() -> None:
    turn = Turn()
    assert turn.acquire(1)
    waiter = threading.Thread(target=turn.acquire, args=(10,))
    waiter.start()
    _waiting(turn, 1)
    turn.release()
    assert not turn.acquire(0.01)
    waiter.join(10)
    turn.release()
    assert turn.acquire(0)


def test_who_gives_up_is_passed_over() -> None:
    turn = Turn()
    assert turn.acquire(1)
    began = time.monotonic()
    assert not turn.acquire(0.05)
    assert time.monotonic() - began >= 0.05
    turn.release()
    assert turn.acquire(0)


def test_nobody_goes_together_with_another() -> None:
    turn, inside, most = Turn(), 0, 0

    def go() -> None:
        nonlocal inside, most
        for _ in range(200):
            if turn.acquire(0.0005):
                inside += 1
                most = max(most, inside)
                time.sleep(0.00001)
                inside -= 1
                turn.release()

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 1
    assert turn.acquire(0)
