"""Shows how a run goes: bars on a terminal, plain lines elsewhere, both on stderr."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corral_core.cli.streams import err
from corral_core.cli.units import bytes_text, count_text, seconds_text
from corral_core.events import Event, Observer, PhaseFinished, PhaseStarted, TaskCut, TaskFinished
from corral_core.tasks import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PhaseCount", "PlainProgress", "progress", "task_line"]


class PhaseCount:
    """What has been done of one phase."""

    def __init__(self, event: PhaseStarted, now: float) -> None:
        self.title = f"{event.phase} {event.name}"
        self.tasks = event.tasks
        self.started = now
        self.done = event.done
        self.failed = 0
        self.records = 0
        self.bytes = 0

    def add(self, event: TaskFinished) -> None:
        """One more attempt is over."""
        if event.outcome == "won" and isinstance(event.reply, Done):
            self.done += 1
            self.records += event.reply.stats.records_in
            self.bytes += event.reply.stats.bytes_in
        elif event.outcome == "failed":
            self.failed += 1

    def cut(self) -> None:
        """One task is done as two."""
        self.tasks += 1

    def line(self, now: float) -> str:
        """``map WordCount: 3/10 tasks, 12,345 records, 1.2 MB, 0.8 s``."""
        parts = (count_text(self.records, "record"), bytes_text(self.bytes), seconds_text(now - self.started))
        failed = f", {count_text(self.failed, 'attempt')} failed" if self.failed else ""
        return f"{self.title}: {self.done:,}/{count_text(self.tasks, 'task')}, {', '.join(parts)}{failed}"


class PlainProgress(Observer):
    """A line when a phase begins, one when it ends, and between them at most one a second.

    :param clock: seconds; for tests.
    """

    def __init__(self, *, verbose: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._verbose = verbose
        self._clock = clock
        self._phase: PhaseCount | None = None
        self._said = 0.0

    def on_event(self, event: Event) -> None:
        """Say it, unless something was said within this second."""
        now = self._clock()
        match event:
            case PhaseStarted():
                self._phase = PhaseCount(event, now)
                self._say(f"{self._phase.title}: {count_text(event.tasks, 'task')}, {bytes_text(event.bytes)}", now)
            case TaskFinished():
                self._task(event, now)
            case TaskCut() if self._phase is not None:
                self._phase.cut()
            case PhaseFinished() if self._phase is not None:
                self._say(self._phase.line(now), now)
                self._phase = None
            case _:
                pass

    def _task(self, event: TaskFinished, now: float) -> None:
        if self._phase is not None:
            self._phase.add(event)
        if self._verbose:
            err(task_line(event))
        elif self._phase is not None and self._phase.done < self._phase.tasks and now - self._said >= 1:
            self._say(self._phase.line(now), now)

    def _say(self, line: str, now: float) -> None:
        self._said = now
        err(line)


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


@contextmanager
def progress(*, verbose: bool, quiet: bool) -> Iterator[list[Observer]]:
    """The observers that suit stderr. On a terminal, the display ends with the block, however that ends."""
    if quiet:
        yield []
        return
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        yield [PlainProgress(verbose=verbose)]
        return
    from corral_core.cli.bars import BarProgress

    bars = BarProgress(verbose=verbose)
    try:
        yield [bars]
    finally:
        bars.stop()
