"""The ``local-process`` executor: a pool of worker processes on this machine."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from corral_core.errors import ExecutorUnavailable
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_local_process.command import worker_command
from corral_local_process.cores import available_cores
from corral_local_process.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from corral_core.diagnosis import Finding

__all__ = ["LocalProcessExecutor"]


class LocalProcessExecutor(Executor):
    """Runs tasks in worker processes, which load the job once each and end with the driver, even with a killed one.

    A worker that dies costs the task that it was running, with WorkerLost; another takes its place.

    :param workers: how many run at once; by default one for each core that this process may use.
    """

    name: ClassVar[str] = "local-process"

    def __init__(self, workers: int | None = None) -> None:
        self.capabilities = Capabilities(slots=workers or available_cores(), can_cancel=True)
        self._pool: Pool | None = None
        self._at_end: weakref.finalize[[], LocalProcessExecutor] | None = None

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one with ``localWorkers`` workers."""
        from corral_local_process.settings import LocalProcessSettings

        return cls(settings.section(LocalProcessSettings).local_workers)

    def open(self, bundle: Bundle) -> None:
        """Start the pool; its workers come up while the driver goes on.

        :raises ExecutorUnavailable: when this Python can't start another.
        """
        self.close()
        slots = self.capabilities.slots or 1
        job = msgspec.json.encode(bundle.job)
        self._pool = Pool(slots, worker_command(bundle.sys_path), job, bundle.memprofile)
        # For a driver that forgets to close, or ends in between: weakref closes it with this object or at exit.
        self._at_end = weakref.finalize(self, self._pool.close)

    def submit(self, payload: bytes) -> Future[bytes]:
        """Run one task when a worker is free; in the order of submission. ``cancel()`` ends it even while it runs.

        :raises ExecutorUnavailable: before :meth:`open` and after :meth:`close`.
        """
        if self._pool is None:
            raise ExecutorUnavailable("the local-process executor is not open: call open() before submit()")
        return self._pool.submit(payload)

    def diagnose(self) -> Iterable[Finding]:
        """Cores and workers, and whether a worker can start."""
        from corral_local_process.diagnosis import findings

        return findings(self.capabilities.slots or 1)

    def close(self) -> None:
        """End all workers; busy ones are interrupted, and killed when that takes them longer than half a second."""
        if self._at_end is not None:
            self._at_end()
        self._pool = None
