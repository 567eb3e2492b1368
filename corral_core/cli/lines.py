"""Progress as lines, for logs and for screens that can't move their cursor."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from corral_core.cli.streams import err
from corral_core.cli.tally import Tally
from corral_core.cli.ticker import Ticker
from corral_core.cli.units import bytes_text, clock_text, count_text, rate_text, seconds_text
from corral_core.events import (
    Event,
    Observer,
    PhaseFinished,
    PhaseStarted,
    RunFinished,
    Step,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.tasks import Done

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LineProgress", "finished_line", "task_line"]

_SLOWER = 0.1
"""Lines stand apart by this share of the time that the phase has taken, so that a long log stays short,"""
_LEAST, _MOST = 1.0, 60.0
"""but by so many seconds at least and at most."""


class LineProgress(Observer):
    """A line when a phase begins, one when it ends, and between them one a second at most, and one a minute at least.

    :param clock: seconds; for tests.
    """

    def __init__(self, *, verbose: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._verbose = verbose
        self._clock = clock
        self._tally: Tally | None = None
        self._said = -_LEAST
        self._worked = False
        self._ticker = Ticker(_LEAST, self.tick)
        self._speaking = threading.Lock()  # so that no line of the ticker's comes behind a phase's last

    def on_event(self, event: Event) -> None:
        """Count it, or say it."""
        tally = self._tally
        if isinstance(event, TaskStarted):
            if tally is not None:
                tally.start(event)
        elif isinstance(event, TaskFinished):
            if tally is not None:
                tally.finish(event, self._clock())
            if self._verbose:
                err(task_line(event))
        else:
            with self._speaking:
                self._seldom(event, self._clock())

    def tick(self) -> None:
        """Say how the phase stands, if it is time."""
        with self._speaking:
            tally, now = self._tally, self._clock()
            if tally is None or tally.done >= tally.tasks:
                return
            if now - self._said >= min(max(_LEAST, _SLOWER * (now - tally.began)), _MOST):
                self._say(_status(tally, now), now)

    def stop(self) -> None:
        """No line comes after this."""
        self._ticker.stop()

    def abandon(self) -> None:
        """The process ends at once; there is nothing to give back."""

    def _seldom(self, event: Event, now: float) -> None:
        match event:
            case Step():
                # Behind the tasks it is the end of every run, which mostly takes no time at all.
                if not self._worked or now - self._said >= _LEAST:
                    self._say(event.text, now)
            case PhaseStarted():
                self._tally, self._worked = Tally(event, now), True
                self._say(f"{self._tally.title}: {count_text(event.tasks, 'task')}, {bytes_text(event.bytes)}", now)
                if not self._verbose:
                    self._ticker.start()
            case TaskCut() if self._tally is not None:
                self._tally.cut()
            case PhaseFinished() if self._tally is not None:
                tally, self._tally = self._tally, None
                self._say(finished_line(tally, now), now)
            case RunFinished():
                self._tally = None
            case _:
                pass

    def _say(self, line: str, now: float) -> None:
        self._said = now
        err(line)


def finished_line(tally: Tally, now: float) -> str:
    """``map WordCount: 10/10 tasks, 12,345 records, 1.2 MB, 0.8 s, 2 attempts failed``."""
    parts = [
        f"{tally.title}: {tally.done:,}/{count_text(tally.tasks, 'task')}",
        count_text(tally.records, "record"),
        bytes_text(tally.bytes),
        seconds_text(now - tally.began),
    ]
    if tally.failed:
        parts.append(f"{count_text(tally.failed, 'attempt')} failed")
    return ", ".join(parts)


def _status(tally: Tally, now: float) -> str:
    parts = [f"{tally.title}: {tally.done:,}/{count_text(tally.tasks, 'task')}", f"{tally.running:,} running"]
    counts = ((tally.failed, "failed"), (tally.retried, "retried"), (tally.throttled, "throttled"))
    parts += [f"{number:,} {what}" for number, what in counts if number]
    if tally.backups:
        parts.append(count_text(tally.backups, "backup"))
    if rates := tally.rates(now):
        parts += [rate_text(rates[0], "records"), f"{bytes_text(rates[1])}/s"]
    left = tally.left(now)
    parts.append(f"{clock_text(now - tally.began)} passed" if left is None else f"{clock_text(math.ceil(left))} left")
    return ", ".join(parts)


def task_line(event: TaskFinished) -> str:
    """One finished task, as ``--verbose`` shows it."""
    if not isinstance(event.reply, Done):
        reason = event.error if event.reply is None else event.reply.message
        what = f"{event.outcome}: {reason}" if reason else event.outcome
        return f"  {event.id} attempt {event.id.label} {what}"
    stats = event.reply.stats
    return (
        f"  {event.id}: {count_text(stats.records_in, 'record')} ({bytes_text(stats.bytes_in)}) in, "
        f"{count_text(stats.records_out, 'record')} ({bytes_text(stats.bytes_out)}) out, "
        f"{seconds_text(stats.seconds)}, peak memory {bytes_text(stats.peak_memory)}"
    )
