"""What deciding costs: ``python -m benchmarks --scale``, or ``python -m benchmarks.scale [TASKS ...]``.

The scheduler alone, in virtual time: 1,000 slots, tasks of one to three seconds, of which one in a hundred fails. Two
runs, one for processor time and one for memory, since watching memory takes longer than deciding.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING

from corral_core.engine.scheduler import End, Failed, Policy, Scheduler, Started, Submit, Succeeded, Tick
from corral_core.errors import WorkerLost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.engine.scheduler import Command, Event

__all__ = ["SIZES", "Figures", "as_table", "measure"]

SIZES = (100_000, 1_000_000)
SLOTS = 1000
FAILING = 0.01
LOST = WorkerLost("the worker died, as one in a hundred does")


@dataclass(frozen=True)
class Figures:
    """What a phase of ``tasks`` tasks cost, for each of them."""

    tasks: int
    microseconds: float
    bytes: float
    """At the most that was held at once, what the world has under way included."""
    attempts: int


class World:
    """Runs what the scheduler submits, and adds up the time that it thinks."""

    def __init__(self, tasks: int) -> None:
        self._dice = Random(tasks)
        self._coming: list[tuple[float, int, int]] = []
        self._scheduler = Scheduler(tasks, Policy(SLOTS, timeout=900.0), Random(1))
        self.thinking = 0.0
        self.attempts = 0

    def run(self) -> None:
        """To the end of the phase."""
        wake = self._tell(Started(), 0.0)
        while self._coming:
            if wake is not None and wake < self._coming[0][0]:
                now = wake
                wake = self._tell(Tick(), now)
            else:
                now, task, attempt = heappop(self._coming)
                wake = self._tell(self._answer(task, attempt), now)

    def _answer(self, task: int, attempt: int) -> Event:
        return Failed(task, attempt, "place", LOST) if self._dice.random() < FAILING else Succeeded(task, attempt)

    def _tell(self, event: Event, now: float) -> float | None:
        began = time.process_time()
        commands = self._scheduler.handle(event, now)
        wake = self._scheduler.wake
        self.thinking += time.process_time() - began
        for command in commands:
            self._obey(command, now)
        return wake

    def _obey(self, command: Command, now: float) -> None:
        if isinstance(command, Submit):
            self.attempts += 1
            heappush(self._coming, (now + self._dice.uniform(1, 3), command.task, command.attempt))
        elif isinstance(command, End):
            if not command.done:
                sys.exit(f"the phase ended with {command.error}")
            self._coming.clear()


def measure(tasks: int) -> Figures:
    """One phase of so many tasks."""
    timed = World(tasks)
    timed.run()
    gc.collect()
    tracemalloc.start()
    try:
        watched = World(tasks)
        watched.run()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Figures(tasks, 1e6 * timed.thinking / tasks, most / tasks, timed.attempts)


def as_table(figures: Iterable[Figures]) -> str:
    """In Markdown."""
    lines = ["| tasks | attempts | microseconds a task | bytes a task |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.tasks:,} | {one.attempts:,} | {one.microseconds:.1f} | {one.bytes:.1f} |" for one in figures]
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_table(map(measure, map(int, sys.argv[1:]) if sys.argv[1:] else SIZES)))
