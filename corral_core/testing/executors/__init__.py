"""The contract of executors as a test suite.

A plugin's whole test file may be::

    from corral_core.testing.executors import ExecutorSuite

    class TestThreads(ExecutorSuite):
        def make_executor(self):
            return ThreadsExecutor()

Needs pytest: ``pip install 'corral-core[testing]'``. Each test is a promise, and its docstring says which. What an
executor's :class:`~corral_core.executor.Capabilities` say that it can't do is skipped, with the reason.
"""

from __future__ import annotations

from corral_core.testing.executors.base import ExecutorBase
from corral_core.testing.executors.failures import Failures
from corral_core.testing.executors.leaks import Leaks
from corral_core.testing.executors.lifecycle import LifeCycle
from corral_core.testing.executors.load import Load
from corral_core.testing.executors.results import Results

__all__ = ["ExecutorBase", "ExecutorSuite"]


class ExecutorSuite(Leaks, Load, Failures, Results, LifeCycle):  # the last one's tests come first
    """What every executor must do.

    Override ``make_executor``, and of :class:`ExecutorBase` the rest where it does not fit. Override the fixtures
    ``throttled``, ``timed_out``, ``out_of_memory`` and ``unreachable`` where your place can be made to fail so.
    """
