"""The tasks that wait for a slot, and those that wait for their next try."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["Backlog"]


class Backlog:
    """Tasks that were put back come before fresh ones: the phase has waited for them longest.

    Fresh tasks are a number, so those that have not begun cost nothing.

    :param tasks: the fresh ones, ``0`` to ``tasks - 1``.
    :param skip: those among them that are not to be done.
    """

    def __init__(self, tasks: int, skip: Container[int]) -> None:
        self._fresh = (number for number in range(tasks) if number not in skip)
        self._ready: list[int] = []
        self._resting: list[tuple[float, int]] = []
        # The heaps' entries that still count. One that was dropped stays in its heap until it comes to the top.
        self._returned: set[int] = set()

    @property
    def wake(self) -> float | None:
        """When the next task has rested."""
        while self._resting and self._resting[0][1] not in self._returned:
            heappop(self._resting)
        return self._resting[0][0] if self._resting else None

    def put(self, task: int) -> None:
        """It waits for a slot."""
        self._returned.add(task)
        heappush(self._ready, task)

    def rest(self, task: int, until: float) -> None:
        """It waits for this time, then for a slot."""
        self._returned.add(task)
        heappush(self._resting, (until, task))

    def drop(self, task: int) -> None:
        """It waits no more, if it did."""
        self._returned.discard(task)

    def rouse(self, now: float) -> None:
        """Those that have rested wait for a slot."""
        while (wake := self.wake) is not None and wake <= now:
            heappush(self._ready, heappop(self._resting)[1])

    def take(self) -> int | None:
        """The next task for a slot; None when none waits for one."""
        while self._ready:
            task = heappop(self._ready)
            if task in self._returned:
                self._returned.remove(task)
                return task
        return next(self._fresh, None)
