"""The ``inline`` executor: tasks run one after the other in the driver's own process and thread.

It needs nothing and starts at once, so it is what tests, debuggers and tiny inputs want: ``breakpoint()`` in a mapper
stops on the driver's own terminal. It gets the same encoded bytes as every other executor; a job that runs inline
runs remotely.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.errors import ExecutorUnavailable
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_core.serving.failures import without_reply

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InlineExecutor"]


class InlineExecutor(Executor):
    """Runs each task within :meth:`submit`, in the thread that calls it."""

    name: ClassVar[str] = "inline"

    def __init__(self) -> None:
        self.capabilities = Capabilities(slots=1, in_process=True, blocking=True)
        self._run_task: Callable[[bytes], bytes] | None = None

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:  # noqa: ARG003  (inline has no settings of its own)
        """Make one."""
        return cls()

    def open(self, bundle: Bundle) -> None:  # noqa: ARG002  (the job's code is the driver's: nothing has to travel)
        """Make the engine ready."""
        from corral_core.worker import run_task

        self._run_task = run_task

    def submit(self, payload: bytes) -> Future[bytes]:
        """Run the task and answer with a settled future. KeyboardInterrupt passes through, as in any loop.

        :raises ExecutorUnavailable: before :meth:`open` and after :meth:`close`.
        """
        if self._run_task is None:
            raise ExecutorUnavailable("the inline executor is not open: call open() before submit()")
        future: Future[bytes] = Future()
        future.set_running_or_notify_cancel()
        try:
            reply = self._run_task(payload)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (any end without a reply must settle the future)
            future.set_exception(without_reply(error))
        else:
            future.set_result(reply)
        return future

    def close(self) -> None:
        """Refuse further tasks."""
        self._run_task = None
