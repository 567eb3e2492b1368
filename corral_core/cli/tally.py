"""What has been done of one phase, and how long the rest may take. No display in here, and no clock.

Observers are called in the driver's thread, twice for each attempt: here an event is some additions, and all that is to
be worked out waits until somebody shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.errors import Throttled
from corral_core.tasks import Done

if TYPE_CHECKING:
    from corral_core.events import PhaseStarted, TaskFinished, TaskStarted

__all__ = ["Tally"]

_BASIS_SECONDS = 2.0
"""From the first seconds of a phase, in which workers start, nothing is told of the rest."""


class Tally:
    """Counts of one phase.

    :param now: seconds, as of all other times here.
    """

    def __init__(self, event: PhaseStarted, now: float) -> None:
        self.title = f"{event.phase} {event.name}"
        self.tasks = event.tasks
        self.before = event.done
        """Tasks that an earlier driver has done."""
        self.size = event.bytes
        self.began = now
        self.won = 0
        self.running = 0
        self.failed = 0
        self.retried = 0
        self.throttled = 0
        self.records = 0
        self.bytes = 0
        self._last = now
        self._most = 0
        self._backups: set[tuple[int, int]] = set()
        self._again: set[int] = set()

    @property
    def done(self) -> int:
        """Tasks that have their answer."""
        return self.before + self.won

    @property
    def backups(self) -> int:
        """Stragglers with a second attempt at work."""
        return len(self._backups)

    def start(self, event: TaskStarted) -> None:
        """An attempt has begun."""
        self.running += 1
        if event.backup:
            self._backups.add((event.id.index, event.id.attempt))
        elif self._again and event.id.index in self._again:
            self._again.discard(event.id.index)
            self.retried += 1

    def finish(self, event: TaskFinished, now: float) -> None:
        """An attempt is over."""
        self._most = max(self._most, self.running)
        self.running -= 1
        if self._backups:
            self._backups.discard((event.id.index, event.id.attempt))
        if event.outcome == "won" and isinstance(event.reply, Done):
            stats = event.reply.stats
            self.won += 1
            self.records += stats.records_in
            self.bytes += stats.bytes_in
            self._last = now
        elif event.outcome == "failed":
            self._fail(event)

    def _fail(self, event: TaskFinished) -> None:
        if isinstance(event.error, Throttled):
            self.throttled += 1
            return
        self.failed += 1
        self._again.add(event.id.index)

    def cut(self) -> None:
        """One task is done as two."""
        self.tasks += 1

    def rates(self, now: float) -> tuple[float, float] | None:
        """Records and bytes a second since the phase began; None before there is anything to tell them by."""
        seconds = now - self.began
        return (self.records / seconds, self.bytes / seconds) if self.won and seconds > 0 else None

    def left(self, now: float) -> float | None:
        """Seconds until the phase ends, if the bytes that are left go as those before.

        None without a basis for it: before as many tasks have ended as ran at once (until then it is not seen what a
        task takes), and when the time has passed that was thought to be left.
        """
        taken = self._last - self.began
        open_tasks = self.tasks - self.done
        if not open_tasks or not self.won or self.won < self._most or taken < _BASIS_SECONDS:
            return None
        rest = (self.size - self.bytes) / self.bytes if self.bytes and self.size > self.bytes else open_tasks / self.won
        left = taken * rest - (now - self._last)
        return left if left > 0 else None
