"""The driver's time, in one place, so that a simulation can put its own in its stead."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TypeVar

__all__ = ["Clock"]

_T = TypeVar("_T")


class Clock:
    """Seconds that only go forward."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wait(self, queue: SimpleQueue[_T], until: float | None) -> _T | None:
        """The queue's next item, or None when it is later than ``until`` and there was none."""
        if until is None:
            return queue.get()
        try:
            return queue.get(timeout=max(0.0, until - self.now()))
        except Empty:
            return None
