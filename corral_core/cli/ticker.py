"""Calls something again and again, from a thread of its own: a display goes on while nothing happens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ticker"]


class Ticker:
    """At rest until :meth:`start`.

    :param seconds: between two calls.
    """

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self._seconds, self._call = seconds, call
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Safe to repeat."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name="corral-progress", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Returns when no call is under way. Safe to repeat."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            self._call()
