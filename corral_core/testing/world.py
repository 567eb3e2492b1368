"""The world that simulated runs live in: what happens in it, in which order, and who is alive."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from corral_core.testing.faulty import StorageFaults
from corral_core.worker import run_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.tasks import Task
    from corral_core.testing.fates import Fate, Rates
    from corral_core.testing.faulty import Operation, Strike

__all__ = ["DriverDied", "Submission", "World"]


class DriverDied(BaseException):
    """The driver was killed: what raises this has no effect, and nothing that it does later has."""


class _WorkerDied(BaseException):
    pass


class Submission(NamedTuple):
    """What was handed to the place, and what became of it."""

    time: float
    task: Task
    fate: Fate


class World(StorageFaults):
    """The order in which things happen, and who is alive.

    :param seed: of all that happens.
    :param rates: of what becomes of attempts.
    """

    def __init__(self, seed: int, rates: Rates) -> None:
        super().__init__(seed)
        self.rates = rates
        self.now = 0.0
        self.submissions: list[Submission] = []
        self.driver_alive = True
        self.dies_at: int | None = None
        """Steps that the driver still has."""
        self.steps = 0
        """Those that it has taken."""
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._worker_calls: int | None = None
        self._at_work = False

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        """Let something happen later."""
        heappush(self._events, (self.now + seconds, next(self._numbers), happens))

    def go_on(self, until: float | None) -> bool:
        """Let the next thing happen, if it is not after ``until``; then it is that late, and the answer is False.

        :raises AssertionError: when nothing will ever happen.
        """
        if self._events and (until is None or self._events[0][0] <= until):
            at, _, happens = heappop(self._events)
            self.now = max(self.now, at)
            happens()
            return True
        assert until is not None, "the driver waits for ever"
        self.now = max(self.now, until)
        return False

    def let_pass(self, seconds: float) -> None:
        """Time goes by while no driver is at work."""
        until = self.now + seconds
        while self.go_on(until):
            pass

    def settle(self) -> None:
        """Let everything happen that is still to come."""
        while self._events:
            self.go_on(None)

    def work(self, payload: bytes, dies_at: int | None) -> bytes | None:
        """Run a task; None when its worker died over it."""
        self._at_work, self._worker_calls = True, dies_at
        try:
            return run_task(payload)
        except _WorkerDied:
            return None
        finally:
            self._at_work, self._worker_calls = False, None

    def step(self) -> None:
        """The driver does something.

        :raises DriverDied: when it can't any more.
        """
        self.steps += 1
        if self.dies_at is not None:
            self.driver_alive = self.driver_alive and self.dies_at > 0
            self.dies_at -= 1
        if not self.driver_alive:
            raise DriverDied

    def strike(self, operation: Operation, path: str) -> Strike | None:
        """Whoever calls may die before the call does anything."""
        self._call()
        return super().strike(operation, path)

    def done(self, operation: Operation, path: str) -> None:  # noqa: ARG002  (who calls is what matters)
        """Or after."""
        self._call()

    def _call(self) -> None:
        if not self._at_work:
            self.step()
        elif self._worker_calls is not None:
            self._worker_calls -= 1
            if self._worker_calls < 0:
                raise _WorkerDied
