"""What the driver itself spends on a task: ``python -m benchmarks.scheduler [TASKS ...]``.

The executor answers at once and does nothing, so all that is measured is the driver's: deciding, the messages and their
encoding, and the journal, in a file system in memory. Two runs, one for processor time and one for memory, since
watching memory takes longer than the rest together.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from concurrent.futures import Future
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from corral_core.engine.badlimit import BadRecordLimit
from corral_core.engine.clock import Clock
from corral_core.engine.commit import Location
from corral_core.engine.dispatch import Dispatch
from corral_core.engine.journal import Journal
from corral_core.engine.ledger import Ledger
from corral_core.engine.phase import MapPhase
from corral_core.engine.scheduler import Policy
from corral_core.executor import Bundle, Capabilities, Executor
from corral_core.storage.memory import MemoryStorage
from corral_core.tasks import Done, JobRef, MapTask, SegmentRef, Split, Stats, TaskId, TaskOptions, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.executor import SettingsView

__all__ = ["AtOnce", "Figures", "as_table", "measure"]

SIZES = (100_000, 1_000_000)
IN_FLIGHT = 1000
LOCATION = "memory://corral-benchmarks"
_TASK = MapTask(
    TaskId("run", 0, "map", 0), JobRef("file", "job.py", "/job", "job"), (), 1, "", TaskOptions("in", "out")
)


@dataclass(frozen=True)
class Figures:
    """What a phase of ``tasks`` tasks cost, for each of them."""

    tasks: int
    microseconds: float
    """Of the driver's processor time."""
    bytes: float
    """At the most that was held at once: the answers, which reducers need, are the larger part."""


class AtOnce(Executor):
    """Answers every task with success, as long as there are as many under way as may be.

    :param answers: their replies, encoded, in the order of the tasks.
    """

    name: ClassVar[str] = "at-once"

    def __init__(self, answers: Iterable[bytes]) -> None:
        self.capabilities = Capabilities()
        self._answers = iter(answers)
        self.seconds = 0.0
        """Spent here, which is not the driver's time."""

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:  # noqa: ARG003  (there is nothing to set)
        return cls([])

    def open(self, bundle: Bundle) -> None:
        """Nothing to make ready."""

    def submit(self, payload: bytes) -> Future[bytes]:  # noqa: ARG002  (the answers are known)
        began = time.process_time()
        future: Future[bytes] = Future()
        future.set_result(next(self._answers))
        self.seconds += time.process_time() - began
        return future

    def close(self) -> None:
        """Nothing to end."""


def measure(tasks: int) -> Figures:
    """One phase of so many tasks."""
    seconds = _phase(tasks)
    gc.collect()
    tracemalloc.start()
    try:
        _phase(tasks)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Figures(tasks, 1e6 * seconds / tasks, most / tasks)


def as_table(figures: Iterable[Figures]) -> str:
    """In Markdown."""
    lines = ["| tasks | microseconds a task | bytes a task |", "| --- | --- | --- |"]
    lines += [f"| {one.tasks:,} | {one.microseconds:.1f} | {one.bytes:,.0f} |" for one in figures]
    return "\n".join(lines)


def _phase(tasks: int) -> float:
    """Seconds of the driver."""
    storage, clock = MemoryStorage(), Clock()
    bins = [(Split("data.txt", index, index + 1, tasks),) for index in range(tasks)]
    ledger = Ledger(
        Journal(storage, f"{LOCATION}/run", 0, clock.now()), Location(storage, LOCATION), clock, BadRecordLimit(0)
    )
    executor = AtOnce(_answer(index) for index in range(tasks))
    policy = Policy(IN_FLIGHT, timeout=900.0)
    done: dict[int, Done] = {}
    try:
        began = time.process_time()
        dispatch = Dispatch(executor, policy, clock, Random(1), lambda _: None, ledger)
        dispatch.run(MapPhase(_TASK, bins, None, lambda _: None), done)
        ledger.flush()
        seconds = time.process_time() - began - executor.seconds
    finally:
        storage.delete_tree(LOCATION)
    if len(done) != tasks:
        sys.exit(f"{tasks} tasks were answered with {len(done)} replies")
    return seconds


def _answer(index: int) -> bytes:
    segment = SegmentRef(f"/work/stage-0/map-{index}.0", 0, 1000, 10)
    return encode(Done(msgspec.structs.replace(_TASK.id, index=index), Stats(records_in=10), {}, (segment,)))


if __name__ == "__main__":
    print(as_table(map(measure, map(int, sys.argv[1:]) if sys.argv[1:] else SIZES)))
