"""What a cloud's executor gets from its base."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_core.executor import Bundle, Capabilities, SettingsView
from corral_core.remote.executor import FunctionExecutor, runtime
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Self

    from corral_core.remote.pool import Connect

BUNDLE = Bundle(JobRef("file", "job.py"))


class Echo(FunctionExecutor[str]):
    """A cloud whose functions answer with what they are asked."""

    name = "echo"

    def __init__(self) -> None:
        super().__init__(Capabilities(remote=True), 4)
        self.done: list[str] = []

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        return cls()

    def prepare(self, bundle: Bundle) -> str:
        self.done.append("prepare")
        return "code"

    def deploy(self, bundle: Bundle, code: str) -> Connect:
        self.done.append(f"deploy {code}")

        async def invoke(payload: bytes) -> bytes:
            return payload

        @asynccontextmanager
        async def connect() -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
            yield invoke

        return connect


def test_what_was_checked_is_not_put_together_again() -> None:
    executor = Echo()
    executor.check(BUNDLE)
    executor.open(BUNDLE)
    assert executor.done == ["prepare", "deploy code"]
    assert executor.submit(b"a").result(10) == b"a"
    executor.close()


def test_opening_without_a_check_checks() -> None:
    executor = Echo()
    executor.open(BUNDLE)
    executor.close()
    assert executor.done == ["prepare", "deploy code"]


def test_only_what_is_open_takes_tasks() -> None:
    executor = Echo()
    with pytest.raises(ExecutorUnavailable, match="the echo executor is not open"):
        executor.submit(b"a")
    executor.open(BUNDLE)
    for _ in range(2):
        executor.close()
    with pytest.raises(ExecutorUnavailable):
        executor.submit(b"a")


def test_a_python_that_a_cloud_does_not_run_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(UsageError, match=r"The Cloud does not run Python 3\.\d+: run corral on one of 2\.7, 2\.8"):
        runtime("The Cloud", ("2.7", "2.8"))
