"""The inline executor."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from corral_core import worker
from corral_core.errors import OutOfMemory, WorkerLost
from corral_core.executor import Bundle
from corral_core.executors.inline import InlineExecutor
from corral_core.tasks import JobRef, encode
from corral_core.testing.executors import ExecutorSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.testing.jobs import TaskBench


BUNDLE = Bundle(JobRef("file", "job.py"))


class TestInlineContract(ExecutorSuite):
    """Inline keeps the contract of every executor."""

    def make_executor(self) -> InlineExecutor:
        return InlineExecutor()

    def test_the_task_is_done_when_submit_returns(self, executor: InlineExecutor, bench: TaskBench) -> None:
        assert executor.submit(encode(bench.acting("echo now"))).done()


class TestWhatRunTaskRaises:
    """A task that ends without a reply settles its future all the same."""

    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Iterator[InlineExecutor]:
        def raising(_: bytes) -> bytes:
            raise error

        monkeypatch.setattr(worker, "run_task", raising)
        executor = InlineExecutor()
        executor.open(BUNDLE)
        yield executor
        executor.close()

    @pytest.mark.parametrize(
        ("error", "expected"),
        [(RuntimeError("a bug"), WorkerLost), (SystemExit(3), WorkerLost), (MemoryError("of 9 GB"), OutOfMemory)],
        ids=["bug", "exit", "memory"],
    )
    def test_it_becomes_an_error_of_the_place(
        self, opened: InlineExecutor, error: BaseException, expected: type[Exception]
    ) -> None:
        raised = opened.submit(b"").exception(0)
        assert type(raised) is expected
        assert raised.__cause__ is error
        assert f"{type(error).__name__}: {error}" in str(raised)

    @pytest.mark.parametrize("error", [KeyboardInterrupt()], ids=["ctrl-c"])
    def test_an_interrupt_passes_through(self, opened: InlineExecutor) -> None:
        with pytest.raises(KeyboardInterrupt):
            opened.submit(b"")


def test_tasks_run_in_the_calling_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "run_task", lambda payload: payload + threading.current_thread().name.encode())
    executor = InlineExecutor()
    executor.open(BUNDLE)
    assert executor.submit(b"in ").result(0) == b"in " + threading.current_thread().name.encode()
