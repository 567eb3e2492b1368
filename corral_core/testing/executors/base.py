"""What all tests of executors share: an executor, tasks for it, and patience."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import pytest

from corral_core.errors import ExecutorUnavailable
from corral_core.tasks import Done, MapTask, ReduceTask, Reply, decode_reply, encode
from corral_core.testing.jobs import TaskBench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from corral_core.executor import Executor
    from corral_core.testing.jobs import Gate

__all__ = ["ExecutorBase"]


class ExecutorBase:
    """The fixtures and the words of the suite. A plugin's subclass overrides :meth:`make_executor`."""

    patience: ClassVar[float] = 60.0
    """Seconds until what should have happened by now is a failure of the test."""

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
    def closed(self, bench: TaskBench) -> Iterator[Executor]:
        """An executor that is not open yet."""
        executor = self.make_executor()
        yield executor
        bench.release()  # a task that waits in this process would keep close() from ending
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
        assert isinstance(reply, Done), f"the task ended with {reply}"
        assert reply.id == task.id, f"the reply is that of {reply.id!r}, and the task is {task.id!r}"
        return reply

    def lines(self, bench: TaskBench, reply: Reply) -> list[str]:
        """The lines of a task's output."""
        assert isinstance(reply, Done), f"the task ended with {reply}"
        assert reply.output is not None
        return bench.read(reply.output.path)

    def still_works(self, executor: Executor, bench: TaskBench) -> None:
        """Whether the next task is done as ever."""
        assert self.lines(bench, self.run(executor, bench.acting("echo on"))) == ["on"]

    def refused(self, executor: Executor, payload: bytes) -> None:
        """Whether by raising or through the future: this task must not run."""
        with pytest.raises(ExecutorUnavailable):
            executor.submit(payload).result(self.patience)

    def until(self, happened: Callable[[], object], otherwise: str) -> None:
        """Wait for something, which fails the test when it does not come."""
        deadline = time.monotonic() + self.patience
        while not happened():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.01)  # between two looks, until the deadline above

    def held(self, executor: Executor, bench: TaskBench, number: int) -> tuple[list[Future[bytes]], list[Gate]]:
        """So many tasks that run, each until its gate opens."""
        gates = [bench.gate() for _ in range(number)]
        payloads = [encode(bench.acting(gate.line)) for gate in gates]
        futures: list[Future[bytes]] = []
        self.in_time(lambda: futures.extend(map(executor.submit, payloads)), "submit waits for a task to end")
        for future, gate in zip(futures, gates, strict=True):
            self.until(partial(_begun, gate, future), "a task that has a slot never began")
            assert not future.done(), f"a task that waits has ended: {future.exception(0) or future.result(0)!r}"
        return futures, gates

    def in_time(self, action: Callable[[], object], otherwise: str) -> None:
        """Do something that may hang, which fails the test."""
        failures: list[BaseException] = []

        def act() -> None:
            try:
                action()
            except BaseException as error:  # noqa: BLE001  (raised again below, in the test's thread)
                failures.append(error)

        thread = threading.Thread(target=act, name="in time", daemon=True)
        thread.start()
        thread.join(self.patience)
        assert not thread.is_alive(), otherwise
        if failures:
            raise failures[0]

    def skip_blocking(self, executor: Executor) -> None:
        """Leave a test out where submit runs the task."""
        if executor.capabilities.blocking:
            pytest.skip("submit runs the task, so nothing else happens meanwhile (capabilities.blocking)")

    def skip_in_process(self, executor: Executor) -> None:
        """Leave a test out where a worker's death would be the test's own."""
        if executor.capabilities.in_process:
            pytest.skip("tasks run in the driver's process, so none dies alone (capabilities.in_process)")


def _begun(gate: Gate, future: Future[bytes]) -> bool:
    return future.done() or gate.reached()
