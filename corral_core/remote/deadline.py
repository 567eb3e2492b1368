"""Ends a task's code before its place ends the process, so that the driver gets an answer instead of a silence."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["OutOfTime", "time_limit"]

_AGAIN = 1.0
"""Seconds between two reminders. Python drops what is raised within a ``__del__``, and user code may catch everything;
the next one gets through. Long enough for an upload to be aborted between two."""


class OutOfTime(BaseException):
    """The time is up. No Exception, so that a mapper's ``except Exception`` does not take it for a bad record."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise :class:`OutOfTime` in the block once it has run this long.

    By a signal, which reaches Python code and what waits for a lock or a socket; a long call into C ends first. Only
    the main thread gets signals, so in any other the block is left alone.

    :param seconds: None for no limit.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)
