"""What the driver itself spends on a task: ``python -m benchmarks.scheduler [TASKS]``.

The executor answers at once and does nothing, so all the time is the scheduler's, the messages' and their encoding's.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future
from random import Random
from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.engine.clock import Clock
from corral_core.engine.dispatch import Dispatch, Watcher
from corral_core.engine.phase import MapPhase
from corral_core.engine.scheduler import Policy
from corral_core.executor import Bundle, Capabilities, Executor
from corral_core.tasks import Done, JobRef, MapTask, Split, Stats, TaskId, TaskOptions, decode_task, encode

if TYPE_CHECKING:
    from corral_core.executor import SettingsView

__all__ = ["AtOnce", "phase", "seconds_per_task"]

IN_FLIGHT = 100


class AtOnce(Executor):
    """Answers every task with success within ``submit``.

    :param answers: their replies, encoded, in the order of the tasks.
    """

    name: ClassVar[str] = "at-once"

    def __init__(self, answers: list[bytes]) -> None:
        self.capabilities = Capabilities()
        self._answers = iter(answers)

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:  # noqa: ARG003  (there is nothing to set)
        return cls([])

    def open(self, bundle: Bundle) -> None:
        """Nothing to make ready."""

    def submit(self, payload: bytes) -> Future[bytes]:  # noqa: ARG002  (the answers are known)
        future: Future[bytes] = Future()
        future.set_result(next(self._answers))
        return future

    def close(self) -> None:
        """Nothing to end."""


def phase(count: int) -> MapPhase:
    """Map tasks of one split each."""
    job, options = JobRef("file", "job.py", "/job", "job"), TaskOptions("formats:In", "formats:Out")
    pattern = MapTask(TaskId("run", 0, "map", 0), job, (), 8, "work", options)
    bins = [(Split("data.txt", index, index + 1, count),) for index in range(count)]
    return MapPhase(pattern, bins, None, lambda _: None)


def seconds_per_task(count: int) -> float:
    """The driver's processor time for each of so many tasks."""
    planned, done = phase(count), dict[int, Done]()
    answers = [encode(Done(planned.id(number, 0), Stats(records_in=1), {})) for number in range(count)]
    first = planned.task(0, 0)
    assert decode_task(encode(first)) == first  # noqa: S101  (what is timed is a real message)
    chance = Random(0)
    dispatch = Dispatch(AtOnce(answers), Policy(IN_FLIGHT), Clock(), chance, lambda _: None, Watcher())
    began = time.process_time()
    dispatch.run(planned, done)
    seconds = time.process_time() - began
    if len(done) != count:
        sys.exit(f"{count} tasks were answered with {len(done)} replies")
    return seconds / count


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{seconds_per_task(many) * 1e6:.0f} microseconds of the driver for each of {many:,} tasks")
