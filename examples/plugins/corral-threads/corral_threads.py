"""The ``threads`` executor: tasks run in threads of the driver's process, for jobs that wait more than they compute."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar

from pydantic import BaseModel, Field

from corral_core.errors import ExecutorUnavailable
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_core.plugins import hookimpl
from corral_core.worker import run_task


class ThreadsSettings(BaseModel):
    """``threadsNumber`` and ``--threads-number``, in every layer of settings."""

    threads_number: int = Field(4, ge=1, description="Threads that run tasks.")


class ThreadsExecutor(Executor):
    """Runs tasks in a pool of threads, in the order of submission."""

    name: ClassVar[str] = "threads"

    def __init__(self, number: int) -> None:
        # A thread can't be ended from outside, so can_cancel stays False: only tasks that wait are cancelled.
        self.capabilities = Capabilities(slots=number, in_process=True)
        self._pool: ThreadPoolExecutor | None = None

    @classmethod
    def from_settings(cls, settings: SettingsView) -> ThreadsExecutor:
        return cls(settings.section(ThreadsSettings).threads_number)

    def open(self, bundle: Bundle) -> None:
        """The driver's own process has the job's code already, so all that it takes is a pool."""
        self.close()
        self._pool = ThreadPoolExecutor(self.capabilities.slots, thread_name_prefix="corral-threads")

    def submit(self, payload: bytes) -> Future[bytes]:
        if self._pool is None:
            raise ExecutorUnavailable("the threads executor is not open: call open() before submit()")
        return self._pool.submit(run_task, payload)

    def close(self) -> None:
        """Cancel what waits, and wait for what runs, since nothing else can end a thread."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


@hookimpl
def corral_executors() -> list[type[Executor]]:
    return [ThreadsExecutor]


@hookimpl
def corral_settings() -> list[type[BaseModel]]:
    return [ThreadsSettings]
