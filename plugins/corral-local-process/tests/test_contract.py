"""local-process keeps the contract of every executor."""

from __future__ import annotations

from corral_core.testing.executors import ExecutorSuite
from corral_local_process.executor import LocalProcessExecutor


class TestTwoWorkers(ExecutorSuite):
    def make_executor(self) -> LocalProcessExecutor:
        return LocalProcessExecutor(2)


class TestOneWorker(ExecutorSuite):
    def make_executor(self) -> LocalProcessExecutor:
        return LocalProcessExecutor(1)
