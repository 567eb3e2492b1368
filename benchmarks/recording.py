"""What keeping a run's report costs its driver: ``python -m benchmarks.recording [TASKS ...]``.

Each task is a mapper that reads a file of its own. Two runs, one for processor time and one for memory, most of which
is held while the report is written.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_core.events import PhaseStarted, RunStarted, TaskFinished, TaskStarted
from corral_core.report import store
from corral_core.report.api import Versions
from corral_core.report.recorder import Recorder, RunFacts
from corral_core.storage.memory import MemoryStorage
from corral_core.tasks import Done, Split, Stats, TaskId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.events import Event

__all__ = ["Figures", "as_table", "measure"]

SIZES = (100_000,)
PATH = "memory://corral-benchmarks/report"
_FACTS = RunFacts([], None, {}, "", [], 1000, [], Versions("", "", ""))


@dataclass(frozen=True)
class Figures:
    """What the report of a phase of ``tasks`` tasks cost, for each of them."""

    tasks: int
    seeing: float
    """Microseconds of processor time while the tasks run."""
    writing: float
    """Microseconds when they have run."""
    bytes: float
    """Of memory, at the most that was held at once."""
    stored: float
    """Bytes of the file."""


def measure(tasks: int) -> Figures:
    """One phase of so many tasks."""
    events = [event for number in range(tasks) for event in _events(number)]
    seeing, writing, stored = _recorded(tasks, events)
    gc.collect()
    tracemalloc.start()
    try:
        _recorded(tasks, events)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Figures(tasks, 1e6 * seeing / tasks, 1e6 * writing / tasks, most / tasks, stored / tasks)


def as_table(figures: Iterable[Figures]) -> str:
    """In Markdown."""
    lines = [
        "| tasks | microseconds a task of its report | and when it is written | bytes a task | in the file |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.tasks:,} | {one.seeing:.1f} | {one.writing:.1f} | {one.bytes:.0f} | {one.stored:.0f} |"
        for one in figures
    ]
    return "\n".join(lines)


def _events(number: int) -> tuple[Event, Event]:
    task = TaskId("run", 0, "map", number)
    stats = Stats(10_000 + number, 10**6 + number, 5_000, 400_000, 0, 0.7, 80_000_000 + number, 0, {"GET": 2})
    splits = (Split(f"/in/{number}.txt", 0, 10**6, 10**6),)
    return TaskStarted(task, splits=splits), TaskFinished(task, Done(task, stats, {}))


def _recorded(tasks: int, events: Iterable[Event]) -> tuple[float, float, int]:
    """Seconds of the driver, before the end and at it, and the size of the file."""
    storage, recorder = MemoryStorage(), Recorder(time.monotonic)
    began = time.process_time()
    recorder.on_event(RunStarted("run", "nowhere", "", 1, tasks, tasks))
    recorder.on_event(PhaseStarted(0, "job", "map", tasks, tasks))
    for event in events:
        recorder.on_event(event)
    seen = time.process_time()
    try:
        store.write(storage, PATH, recorder.encoded(None, _FACTS))
        return seen - began, time.process_time() - seen, storage.stat(PATH).size
    finally:
        storage.delete([PATH])


if __name__ == "__main__":
    print(as_table(map(measure, map(int, sys.argv[1:]) if sys.argv[1:] else SIZES)))
