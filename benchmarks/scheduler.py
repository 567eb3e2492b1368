"""What the driver itself spends on a task: ``python -m benchmarks.scheduler [TASKS]``.

The executor answers at once and does nothing, so all the time is the scheduler's, the messages' and their encoding's.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.engine.dispatch import run_phase
from corral_core.executor import Bundle, Capabilities, Executor
from corral_core.tasks import Done, JobRef, MapTask, Split, Stats, TaskId, TaskOptions, decode_task, encode

if TYPE_CHECKING:
    from corral_core.executor import SettingsView

__all__ = ["AtOnce", "seconds_per_task", "tasks"]

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


def tasks(count: int) -> list[MapTask]:
    """Map tasks of one split each."""
    job, options = JobRef("file", "job.py", "/job", "job"), TaskOptions("formats:In", "formats:Out")
    return [
        MapTask(TaskId("run", 0, "map", index), job, (Split("data.txt", index, index + 1, count),), 8, "work", options)
        for index in range(count)
    ]


def seconds_per_task(count: int) -> float:
    """The driver's processor time for each of so many tasks."""
    planned = tasks(count)
    answers = [encode(Done(task.id, Stats(records_in=1), {})) for task in planned]
    assert decode_task(encode(planned[0])) == planned[0]  # noqa: S101  (what is timed is a real message)
    began = time.process_time()
    done = run_phase(AtOnce(answers), planned, IN_FLIGHT, lambda _: None)
    seconds = time.process_time() - began
    if len(done) != count:
        sys.exit(f"{count} tasks were answered with {len(done)} replies")
    return seconds / count


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{seconds_per_task(many) * 1e6:.0f} microseconds of the driver for each of {many:,} tasks")
