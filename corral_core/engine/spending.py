"""What a run spends: all attempts, for the bill, and of them those that did not count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from corral_core.engine.waste import Waste
from corral_core.errors import Throttled
from corral_core.events import TaskFinished, TaskStarted
from corral_core.prices import Work
from corral_core.tasks import Done

if TYPE_CHECKING:
    from corral_core.events import Event
    from corral_core.tasks import TaskId

__all__ = ["Spending"]


class Spending:
    """Adds up as events come, of this session alone.

    An attempt takes as long as its worker says; one without an answer, from its submission to its end on the driver's
    clock. What failed attempts asked of stores they do not tell.
    """

    def __init__(self) -> None:
        self._since: dict[TaskId, float] = {}
        self._attempts = self._wasted = 0
        self._seconds = self._wasted_seconds = 0.0
        self._requests: Counter[str] = Counter()

    def see(self, event: Event, now: float) -> None:
        """:param now: seconds on the driver's clock."""
        if isinstance(event, TaskStarted):
            self._since[event.id] = now
        elif isinstance(event, TaskFinished):
            self._finished(event, now - self._since.pop(event.id, now))

    def waste(self) -> Waste:
        """What was of no use so far."""
        return Waste(self._wasted, self._wasted_seconds)

    def work(self, now: float) -> Work:
        """All that was done so far; attempts that nobody waits for any more still run."""
        running = sum(now - since for since in self._since.values())
        return Work(self._attempts + len(self._since), self._seconds + running)

    @property
    def requests(self) -> dict[str, int]:
        """What the tasks asked of stores, by kind."""
        return dict(self._requests)

    def _finished(self, event: TaskFinished, waited: float) -> None:
        answer = event.reply if isinstance(event.reply, Done) else None
        seconds = waited if answer is None else answer.stats.seconds
        if answer is not None:
            self._requests.update(answer.stats.requests)
        if event.outcome != "won":
            self._wasted += 1
            self._wasted_seconds += seconds
        if _ran(event):
            self._attempts += 1
            self._seconds += seconds


def _ran(event: TaskFinished) -> bool:
    """Whether a worker had it: not when it was called off while it waited, or refused."""
    refused = event.error is not None and isinstance(event.error.__cause__, Throttled)
    return event.outcome != "cancelled" and not refused
