"""Tasks that end well: each is run once, and answered with its own reply."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from corral_core.tasks import encode
from corral_core.testing.executors.base import ExecutorBase

if TYPE_CHECKING:
    from corral_core.executor import Executor
    from corral_core.testing.jobs import TaskBench

__all__ = ["Results"]

LONG = 2**20
"""Bytes of a message that is long, where the executor takes as many."""
ENVELOPE = 4096
"""Bytes of a message that its padding leaves to the rest of it."""


class Results(ExecutorBase):
    """What comes back."""

    def test_each_reply_belongs_to_its_task(self, executor: Executor, bench: TaskBench) -> None:
        """A future gets the reply of the task that was submitted for it, whatever runs beside it."""
        tasks = [bench.acting(f"echo {n}", "task") for n in range(30)]
        futures = [executor.submit(encode(task)) for task in tasks]
        for n, (task, future) in enumerate(zip(tasks, futures, strict=True)):
            reply = self.result(future)
            assert reply.id == task.id, f"the future of {task.id!r} has the reply of {reply.id!r}"
            assert self.lines(bench, reply) == [str(n), f"{bench.run} 0 map {task.id.index} 0"]

    def test_another_attempt_is_another_task(self, executor: Executor, bench: TaskBench) -> None:
        """A task that comes again as another attempt runs again, and its reply says which attempt it was."""
        tally = bench.tally()
        first = bench.acting(tally.line)
        for attempt in range(3):
            task = msgspec.structs.replace(first, id=msgspec.structs.replace(first.id, attempt=attempt))
            self.run(executor, task)
        assert tally.count() == 3, f"three attempts ran {tally.count()} times"

    def test_each_task_runs_once(self, executor: Executor, bench: TaskBench) -> None:
        """No task is run twice, and none is answered without being run."""
        tallies = [bench.tally() for _ in range(20)]
        futures = [executor.submit(encode(bench.acting(tally.line))) for tally in tallies]
        for future in futures:
            self.result(future)
        executor.close()
        assert [tally.count() for tally in tallies] == [1] * 20

    def test_hundreds_of_tasks_are_all_answered(self, executor: Executor, bench: TaskBench) -> None:
        """300 tasks that are submitted at once are all answered."""
        tasks = [bench.acting("echo x") for _ in range(300)]
        replies = [self.result(future) for future in [executor.submit(encode(task)) for task in tasks]]
        assert [reply.id for reply in replies] == [task.id for task in tasks]

    def test_counters_and_statistics_come_back(self, executor: Executor, bench: TaskBench) -> None:
        """A reply arrives with all that the worker put in it."""
        reply = self.run(executor, bench.acting("echo a", "echo b", "echo c"))
        assert reply.counters["lines"] == reply.stats.records_in == reply.stats.records_out == 3

    def test_a_shuffle_passes_between_tasks(self, executor: Executor, bench: TaskBench) -> None:
        """What map tasks leave in storage is found by reduce tasks."""
        maps = [self.run(executor, bench.mapping(text, partitions=2)) for text in ("b a b", "c b", "a a")]
        counted = []
        for partition in range(2):
            reply = self.run(executor, bench.reducing([done.segments[partition] for done in maps]))
            counted += self.lines(bench, reply)
        assert sorted(counted) == ["a\t3", "b\t3", "c\t1"]

    def test_a_long_message_arrives_whole(self, executor: Executor, bench: TaskBench) -> None:
        """A task message of a megabyte, or of ``max_payload`` where that is less, arrives as it is."""
        task = bench.acting("echo long", padding=self._long(executor))
        assert self.lines(bench, self.run(executor, task)) == ["long"]

    def test_a_long_answer_arrives_whole(self, executor: Executor, bench: TaskBench) -> None:
        """A reply of a megabyte, or of ``max_payload`` where that is less, arrives as it is."""
        size = self._long(executor)
        reply = self.run(executor, bench.acting(f"boast {size}"))
        assert max(map(len, reply.counters)) == size

    def test_tasks_run_where_it_says(self, executor: Executor, bench: TaskBench) -> None:
        """With ``in_process`` tasks run in this process, and without it in others."""
        if executor.capabilities.remote:
            pytest.skip("the ids of processes elsewhere say nothing here (capabilities.remote)")
        (pid,) = self.lines(bench, self.run(executor, bench.acting("pid")))
        assert (int(pid) == os.getpid()) is executor.capabilities.in_process

    def _long(self, executor: Executor) -> int:
        limit = executor.capabilities.max_payload
        return LONG if limit is None else min(LONG, limit - ENVELOPE)
