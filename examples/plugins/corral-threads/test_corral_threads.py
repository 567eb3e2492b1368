"""The threads executor keeps the contract of executors."""

from __future__ import annotations

from corral_core.testing.executors import ExecutorSuite
from corral_threads import ThreadsExecutor


class TestFourThreads(ExecutorSuite):
    def make_executor(self) -> ThreadsExecutor:
        return ThreadsExecutor(4)


class TestOneThread(ExecutorSuite):
    def make_executor(self) -> ThreadsExecutor:
        return ThreadsExecutor(1)
