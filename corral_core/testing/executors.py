"""The contract of executors as a test suite.

A plugin's whole test file may be::

    from corral_core.testing.executors import ExecutorSuite

    class TestThreads(ExecutorSuite):
        in_driver = True

        def make_executor(self):
            return ThreadsExecutor()

Needs pytest, which corral-core does not bring. What an executor can't do is skipped, with the reason.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, ClassVar

import pytest

from corral_core.errors import ExecutorError, ExecutorUnavailable, MessageError, WorkerLost
from corral_core.executor import Capabilities, Executor
from corral_core.prices import PriceList, Work
from corral_core.tasks import Done, Failed, MapTask, ReduceTask, Reply, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_core.testing.loop import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

__all__ = ["ExecutorSuite"]


class ExecutorSuite:
    """What every executor must do. Override :meth:`make_executor`, and the rest where it does not fit."""

    in_driver: ClassVar[bool] = False
    """Tasks run in this very process: they can't die alone, and submit may wait for them."""
    patience: ClassVar[float] = 60.0
    """Seconds until a task that should be done by now is a failure of the test."""

    def make_executor(self) -> Executor:
        """A new executor, not open."""
        raise NotImplementedError  # pytest can't collect an abstract class: the plugin's subclass answers

    def location(self, folder: Path) -> str:
        """Where inputs and outputs go: a place that the workers reach."""
        return str(folder)

    @pytest.fixture
    def bench(self, tmp_path: Path) -> TaskBench:
        """Makes tasks."""
        return TaskBench(tmp_path / "job", self.location(tmp_path / "data"))

    @pytest.fixture
    def closed(self) -> Iterator[Executor]:
        """An executor that is not open yet."""
        executor = self.make_executor()
        yield executor
        executor.close()

    @pytest.fixture
    def executor(self, closed: Executor, bench: TaskBench) -> Executor:
        """An open executor."""
        closed.open(bench.bundle())
        return closed

    def result(self, future: Future[bytes]) -> Reply:
        """The decoded reply."""
        return decode_reply(future.result(self.patience))

    def run(self, executor: Executor, task: MapTask | ReduceTask) -> Done:
        """The reply of a task that must end well."""
        reply = self.result(executor.submit(encode(task)))
        assert isinstance(reply, Done), reply
        assert reply.id == task.id
        return reply

    def lines(self, bench: TaskBench, reply: Reply) -> list[str]:
        """The lines of a task's output."""
        assert isinstance(reply, Done), reply
        assert reply.output is not None
        return bench.read(reply.output.path)

    def refused(self, executor: Executor, payload: bytes) -> None:
        """Whether by raising or through the future: this task must not run."""
        with pytest.raises(ExecutorUnavailable):
            executor.submit(payload).result(self.patience)

    def running(self, executor: Executor, bench: TaskBench, sign: Path) -> Future[bytes]:
        """A task that is running and never ends by itself."""
        future = executor.submit(encode(bench.acting(f"hold {sign}")))
        if not executor.capabilities.remote:
            deadline = time.monotonic() + self.patience
            while not (sign.exists() and sign.read_text(encoding="ascii")):
                assert time.monotonic() < deadline, "the task never began"
                assert not future.done(), future.exception(0)
                time.sleep(0.01)  # between two looks, until the deadline above
        return future

    def skip_in_driver(self, reason: str) -> None:
        """Leave a test out where tasks run in this process."""
        if self.in_driver:
            pytest.skip(f"tasks run in the driver's process: {reason}")

    # Life cycle

    def test_what_it_charges_has_a_price(self, closed: Executor) -> None:
        """And it is no less for more work."""
        prices = PriceList([] if closed.prices is None else [closed.prices], {})
        less, more = (prices.cost(closed.charges(work)).total for work in (Work(1, 1.0), Work(10, 100.0)))
        assert 0 <= less <= more

    def test_it_says_what_it_is(self, closed: Executor) -> None:
        assert closed.name == closed.name.strip().lower() != ""
        assert isinstance(closed.capabilities, Capabilities)
        assert closed.capabilities.slots is None or closed.capabilities.slots >= 1

    def test_submit_before_open_is_refused(self, closed: Executor, bench: TaskBench) -> None:
        self.refused(closed, encode(bench.acting("echo early")))

    def test_submit_after_close_is_refused(self, executor: Executor, bench: TaskBench) -> None:
        executor.close()
        self.refused(executor, encode(bench.acting("echo late")))

    def test_close_may_be_repeated(self, executor: Executor) -> None:
        executor.close()
        executor.close()

    def test_close_needs_no_open(self, closed: Executor) -> None:
        closed.close()

    def test_a_new_one_works_after_an_old_one_is_closed(self, executor: Executor, bench: TaskBench) -> None:
        executor.close()
        with contextlib.closing(self.make_executor()) as another:
            another.open(bench.bundle())
            assert self.lines(bench, self.run(another, bench.acting("echo again"))) == ["again"]

    def test_close_leaves_no_thread_and_no_process(self, closed: Executor, bench: TaskBench) -> None:
        closed.open(bench.bundle())
        self.result(closed.submit(encode(bench.acting("echo x"))))
        closed.close()
        before = set(threading.enumerate())  # with what a client starts once for the whole process
        closed.open(bench.bundle())
        futures = [closed.submit(encode(bench.acting("pid"))) for _ in range(20)]
        pids = {int(pid) for future in futures for pid in self.lines(bench, self.result(future))} - {os.getpid()}
        closed.close()
        left = [thread for thread in set(threading.enumerate()) - before if not thread.name.startswith(SERVERS)]
        assert left == [], left
        if not closed.capabilities.remote:
            assert [pid for pid in pids if _is_there(pid)] == []

    # Results

    def test_each_reply_belongs_to_its_task(self, executor: Executor, bench: TaskBench) -> None:
        tasks = [bench.acting(f"echo {n}", "task") for n in range(30)]
        futures = [executor.submit(encode(task)) for task in tasks]
        for n, (task, future) in enumerate(zip(tasks, futures, strict=True)):
            reply = self.result(future)
            assert reply.id == task.id
            assert self.lines(bench, reply) == [str(n), f"{bench.run} 0 map {task.id.index} 0"]

    def test_hundreds_of_tasks_are_all_answered(self, executor: Executor, bench: TaskBench) -> None:
        tasks = [bench.acting("echo x") for _ in range(300)]
        replies = [self.result(future) for future in [executor.submit(encode(task)) for task in tasks]]
        assert [reply.id for reply in replies] == [task.id for task in tasks]

    def test_counters_and_statistics_come_back(self, executor: Executor, bench: TaskBench) -> None:
        reply = self.run(executor, bench.acting("echo a", "echo b", "echo c"))
        assert reply.counters["lines"] == reply.stats.records_in == reply.stats.records_out == 3

    def test_a_shuffle_passes_between_tasks(self, executor: Executor, bench: TaskBench) -> None:
        maps = [self.run(executor, bench.mapping(text, partitions=2)) for text in ("b a b", "c b", "a a")]
        counted = []
        for partition in range(2):
            reply = self.run(executor, bench.reducing([done.segments[partition] for done in maps]))
            counted += self.lines(bench, reply)
        assert sorted(counted) == ["a\t3", "b\t3", "c\t1"]

    def test_a_message_of_a_megabyte_arrives(self, executor: Executor, bench: TaskBench) -> None:
        payload = encode(bench.acting("echo big", padding=2**20))
        limit = executor.capabilities.max_payload
        if limit is not None and limit < len(payload):
            pytest.skip(f"the executor takes messages of {limit} bytes at most")
        assert self.lines(bench, self.result(executor.submit(payload))) == ["big"]

    # What goes wrong

    def test_a_task_that_raises_is_a_reply(self, executor: Executor, bench: TaskBench) -> None:
        reply = self.result(executor.submit(encode(bench.acting("echo fine", "fail on purpose"))))
        assert isinstance(reply, Failed)
        assert (reply.kind, reply.error, reply.message) == ("user", "ValueError", "on purpose")
        assert "sample_job.py" in reply.traceback
        assert reply.offset == len("echo fine\n")
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]

    def test_a_payload_that_is_no_task_is_a_message_error(self, executor: Executor, bench: TaskBench) -> None:
        with pytest.raises(MessageError):
            executor.submit(b"\0garbage").result(self.patience)
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]

    def test_a_payload_that_is_too_large_is_refused(self, executor: Executor, bench: TaskBench) -> None:
        limit = executor.capabilities.max_payload
        if limit is None:
            pytest.skip("the executor sets no limit")
        payload = encode(bench.acting("echo big", padding=limit + 1))
        with pytest.raises((ExecutorError, MessageError), match=r"\d"):
            executor.submit(payload).result(self.patience)
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]

    @pytest.mark.parametrize("death", ["exit 0", "exit 3", "kill"])
    def test_a_worker_that_dies_costs_one_task(self, executor: Executor, bench: TaskBench, death: str) -> None:
        self.skip_in_driver("none dies alone")
        before = [executor.submit(encode(bench.acting("echo before"))) for _ in range(4)]
        lost = executor.submit(encode(bench.acting(death)))
        after = [executor.submit(encode(bench.acting("echo after"))) for _ in range(4)]
        with pytest.raises(WorkerLost):
            lost.result(self.patience)
        assert [self.lines(bench, self.result(future)) for future in before] == [["before"]] * 4
        assert [self.lines(bench, self.result(future)) for future in after] == [["after"]] * 4

    def test_workers_may_die_many_times(self, executor: Executor, bench: TaskBench) -> None:
        self.skip_in_driver("none dies alone")
        for _ in range(8):
            with pytest.raises(WorkerLost):
                executor.submit(encode(bench.acting("kill"))).result(self.patience)
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]

    def test_close_settles_what_runs_and_what_waits(self, executor: Executor, bench: TaskBench, tmp_path: Path) -> None:
        self.skip_in_driver("submit waits for them")
        futures = [self.running(executor, bench, tmp_path / "sign")]
        futures += [executor.submit(encode(bench.acting(f"hold {tmp_path / str(n)}"))) for n in range(20)]
        executor.close()
        assert all(future.done() for future in futures)
        for future in futures:
            assert future.cancelled() or isinstance(future.exception(0), ExecutorUnavailable)

    def test_cancel_ends_a_running_task(self, executor: Executor, bench: TaskBench, tmp_path: Path) -> None:
        if not executor.capabilities.can_cancel:
            pytest.skip("the executor can't cancel")
        slots = executor.capabilities.slots or 1
        held = [self.running(executor, bench, tmp_path / f"sign-{n}") for n in range(slots)]
        assert all(future.cancel() for future in held)
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the id belongs to somebody else by now
        return False
    return True
