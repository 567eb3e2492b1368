"""What a run spent on attempts that did not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_core.events import TaskFinished, TaskStarted
from corral_core.tasks import Done

if TYPE_CHECKING:
    from corral_core.events import Event
    from corral_core.tasks import TaskId

__all__ = ["Waste", "WasteCount"]


@dataclass(frozen=True, slots=True)
class Waste:
    """Attempts whose work was of no use: failed, late, cancelled."""

    attempts: int = 0
    seconds: float = 0.0
    """From submission to answer, on the driver's clock; what a late one says of itself, where it does."""


class WasteCount:
    """Adds up as events come."""

    def __init__(self) -> None:
        self._since: dict[TaskId, float] = {}
        self._attempts = 0
        self._seconds = 0.0

    def see(self, event: Event, now: float) -> None:
        """:param now: seconds on the driver's clock."""
        if isinstance(event, TaskStarted):
            self._since[event.id] = now
        elif isinstance(event, TaskFinished):
            since = self._since.pop(event.id, now)
            if event.outcome != "won":
                self._attempts += 1
                late = event.reply.stats.seconds if isinstance(event.reply, Done) else now - since
                self._seconds += late

    def total(self) -> Waste:
        """So far."""
        return Waste(self._attempts, self._seconds)
