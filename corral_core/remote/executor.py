"""What executors of cloud functions have in common. A cloud's own says how code is put together and deployed, and how
a function is called; opening, submitting and closing stand here.

::

    check ── prepare(bundle): refuses, and puts the code together
    open ─── deploy(bundle, code): what calls it ── InvocationPool
    submit ─ InvocationPool ─ the cloud ─ handler.py ─ run_task
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_core.executor import Bundle, Capabilities, Executor

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from corral_core.remote.pool import Connect, InvocationPool

__all__ = ["FunctionExecutor", "runtime"]

_Code = TypeVar("_Code")


class FunctionExecutor(Executor, Generic[_Code]):
    """Runs tasks as calls of a cloud function.

    :param concurrency: calls in flight at once.
    """

    def __init__(self, capabilities: Capabilities, concurrency: int) -> None:
        self.capabilities = capabilities
        self._concurrency = concurrency
        self._code: _Code | None = None
        self._pool: InvocationPool | None = None

    @abstractmethod
    def prepare(self, bundle: Bundle) -> _Code:
        """Look at everything that could keep the run from being deployed, and put its code together.

        :raises UsageError: what is wrong, and the way out.
        """

    @abstractmethod
    def deploy(self, bundle: Bundle, code: _Code) -> Connect:
        """Deploy what is not there yet.

        :returns: what connects to it.
        :raises UsageError: when the account does not let it.
        :raises ExecutorUnavailable: when the cloud can't be reached, or what it was told does not come true.
        """

    def check(self, bundle: Bundle) -> None:
        """Refuse what can't be deployed, while nothing is."""
        self._code = self.prepare(bundle)

    def open(self, bundle: Bundle) -> None:
        """Deploy what is not there yet, and be ready to call it."""
        from corral_core.remote.pool import InvocationPool

        self.close()
        code, self._code = self._code, None
        connect = self.deploy(bundle, self.prepare(bundle) if code is None else code)
        self._pool = InvocationPool(connect, self._concurrency)

    def submit(self, payload: bytes) -> Future[bytes]:
        """Call the function with one task. A call that has begun can't be cancelled: the function would go on.

        :raises ExecutorUnavailable: before :meth:`open` and after :meth:`close`.
        """
        if self._pool is None:
            raise ExecutorUnavailable(f"the {self.name} executor is not open: call open() before submit()")
        return self._pool.submit(payload)

    def close(self) -> None:
        """Give up all calls. Functions that still run end by themselves; what is deployed stays for the next run."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None


def runtime(place: str, offered: Collection[str]) -> str:
    """The Python that deployed code runs on: the driver's, for its bytecode and behaviour are the same.

    :param place: who runs it, in messages.
    :raises UsageError: when that is none of those offered.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version not in offered:
        raise UsageError(f"{place} does not run Python {version}: run corral on one of {', '.join(offered)}")
    return version
