"""The executor in the docstring of the contract keeps the contract."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import corral_core.executor
from corral_core.testing.executors import ExecutorSuite

if TYPE_CHECKING:
    from corral_core.executor import Executor


def documented() -> dict[str, Any]:
    indented = [line for line in (corral_core.executor.__doc__ or "").splitlines() if not line or line[0] == " "]
    namespace: dict[str, Any] = {}
    exec(textwrap.dedent("\n".join(indented)), namespace)  # noqa: S102  (our own docstring)
    return namespace


PLUGIN = documented()


class TestDocumentedExecutor(ExecutorSuite):
    def make_executor(self) -> Executor:
        executor: Executor = PLUGIN["ThreadsExecutor"]()
        return executor


def test_the_hook_answers_it() -> None:
    assert PLUGIN["corral_executors"]() == [PLUGIN["ThreadsExecutor"]]
