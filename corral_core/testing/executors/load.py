"""Many tasks at once: slots, cancelling, and closing while tasks run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import ExecutorUnavailable
from corral_core.tasks import encode
from corral_core.testing.executors.base import ExecutorBase

if TYPE_CHECKING:
    from concurrent.futures import Future

    from corral_core.executor import Executor
    from corral_core.testing.jobs import TaskBench

__all__ = ["Load"]

MANY = 8
"""Tasks that a test holds at once, at most."""


class Load(ExecutorBase):
    """An executor under load."""

    def test_submit_does_not_wait_for_the_task(self, executor: Executor, bench: TaskBench) -> None:
        """``submit`` answers at once, however many tasks run or wait, unless ``blocking`` says otherwise."""
        self.skip_blocking(executor)
        gate = bench.gate()
        payloads = [encode(bench.acting(gate.line)) for _ in range(2 * (executor.capabilities.slots or 4))]
        futures: list[Future[bytes]] = []
        self.in_time(lambda: futures.extend(map(executor.submit, payloads)), "submit waits for a task to end")
        gate.open()
        for future in futures:
            self.lines(bench, self.result(future))

    def test_as_many_tasks_run_at_once_as_it_has_slots(self, executor: Executor, bench: TaskBench) -> None:
        """Each of ``slots`` tasks begins while the others run."""
        self.skip_blocking(executor)
        futures, gates = self.held(executor, bench, min(executor.capabilities.slots or 2, MANY))
        for gate in gates:
            gate.open()
        for future in futures:
            self.lines(bench, self.result(future))

    def test_a_waiting_task_that_is_cancelled_never_runs(self, executor: Executor, bench: TaskBench) -> None:
        """``cancel`` of a task that waits for a slot keeps it from running and costs no other task."""
        self.skip_blocking(executor)
        slots = executor.capabilities.slots
        if slots is None or slots > MANY:
            pytest.skip("too many tasks run at once to have one wait (capabilities.slots)")
        running, gates = self.held(executor, bench, slots)
        tally = bench.tally()
        waiting = [executor.submit(encode(bench.acting(tally.line))) for _ in range(4)]
        behind = executor.submit(encode(bench.acting("echo behind")))
        assert [future.cancel() for future in waiting] == [True] * 4, "a task that waits can't be cancelled"
        for gate in gates:
            gate.open()
        assert self.lines(bench, self.result(behind)) == ["behind"]
        for future in running:
            self.lines(bench, self.result(future))
        executor.close()
        assert tally.count() == 0, f"{tally.count()} of 4 cancelled tasks ran"

    def test_a_cancelled_task_costs_no_other(self, executor: Executor, bench: TaskBench) -> None:
        """Whether or not ``cancel`` ends a task that runs, the tasks beside it are answered, and so is the next."""
        self.skip_blocking(executor)
        (cancelled,), (gate,) = self.held(executor, bench, 1)
        other = executor.submit(encode(bench.acting("echo other")))
        cancelled.cancel()
        gate.open()
        assert self.lines(bench, self.result(other)) == ["other"]
        self.still_works(executor, bench)

    def test_cancel_ends_a_running_task(self, executor: Executor, bench: TaskBench) -> None:
        """With ``can_cancel``, ``cancel`` of a task that runs gives its slot to the next one."""
        if not executor.capabilities.can_cancel:
            pytest.skip("a task that runs can't be cancelled (capabilities.can_cancel)")
        held, _ = self.held(executor, bench, executor.capabilities.slots or 1)
        assert [future.cancel() for future in held] == [True] * len(held), "a task that runs can't be cancelled"
        self.still_works(executor, bench)

    def test_close_settles_what_runs_and_what_waits(self, executor: Executor, bench: TaskBench) -> None:
        """``close`` under load ends, and leaves no future open: ExecutorUnavailable or cancelled. Where tasks run in
        this process, those that run may end first."""
        self.skip_blocking(executor)
        (first,), (gate,) = self.held(executor, bench, 1)
        waiting = [executor.submit(encode(bench.acting(gate.line))) for _ in range(20)]
        closing = threading.Thread(target=executor.close, name="closing", daemon=True)
        closing.start()
        if executor.capabilities.in_process:
            begun = executor.capabilities.slots or len(waiting)
            self.until(lambda: all(future.done() for future in waiting[begun:]), "close leaves futures open")
            gate.open()
        closing.join(self.patience)
        assert not closing.is_alive(), "close does not end"
        for future in [first, *waiting]:
            assert future.done(), "close leaves a future open"
            if future.cancelled() or isinstance(future.exception(0), ExecutorUnavailable):
                continue
            assert executor.capabilities.in_process, (
                f"a task ends with {future.exception(0)!r} when its place is closed"
            )
            self.lines(bench, self.result(future))
