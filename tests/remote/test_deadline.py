from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress

import pytest

from corral_core.remote.deadline import OutOfTime, time_limit


def test_a_block_that_takes_too_long_is_ended() -> None:
    with pytest.raises(OutOfTime), time_limit(0.05):
        threading.Event().wait(30)


def test_code_that_catches_every_exception_is_ended() -> None:
    def stubborn() -> None:
        while True:
            with suppress(Exception):  # what a careless mapper does
                time.sleep(30)

    with pytest.raises(OutOfTime), time_limit(0.05):
        stubborn()


def test_it_comes_again_where_it_was_swallowed() -> None:
    def deaf() -> None:
        with suppress(BaseException):  # what a very careless mapper does
            time.sleep(30)
        time.sleep(30)

    with pytest.raises(OutOfTime), time_limit(0.05):
        deaf()


@pytest.mark.parametrize("seconds", [None, 30.0])
def test_a_block_in_time_leaves_no_trace(seconds: float | None) -> None:
    before, running = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0
    with time_limit(seconds):
        pass
    assert signal.getsignal(signal.SIGALRM) == before
    assert (signal.getitimer(signal.ITIMER_REAL)[0] > 0) == running  # the test's own time limit, if it has one


def test_no_time_left_ends_at_once() -> None:
    with pytest.raises(OutOfTime), time_limit(-1):
        threading.Event().wait(30)
