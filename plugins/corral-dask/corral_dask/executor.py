"""The ``dask`` executor: tasks on a cluster of Dask's, the user's or one for the run.

::

    check ── survey: is there a scheduler, what are its workers? ── the code in an archive for them
    open ─── connect, code to the workers ── InvocationPool
    submit ─ InvocationPool ─ Calls ─ scheduler ─ agent.py in a worker ─ child.py in a process ─ run_task
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.errors import ExecutorUnavailable, SettingsError
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_dask.child import MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future

    from corral_core.diagnosis import Finding
    from corral_core.remote.pool import InvocationPool
    from corral_dask.kit import Kit
    from corral_dask.settings import DaskSettings

__all__ = ["DaskExecutor"]


class DaskExecutor(Executor):
    """Runs tasks on Dask's workers, each in a process beside its worker.

    :param concurrency: tasks in flight at once.
    :param include: globs of more files for the workers, from the job's directory.
    :param requirements: a requirements file, in the place of what the job's file declares.
    """

    name: ClassVar[str] = "dask"

    def __init__(
        self,
        settings: DaskSettings,
        concurrency: int = 100,
        include: Sequence[str] = (),
        requirements: str | None = None,
    ) -> None:
        if settings.dask_scheduler is None and settings.dask_resources:
            raise SettingsError("daskResources are those of a scheduler's workers: give daskScheduler, too")
        self._settings, self._concurrency = settings, concurrency
        self._include, self._requirements = include, requirements
        self._kit: Kit | None = None
        self._pool: InvocationPool | None = None
        self._set_slots(settings.dask_workers or (None if settings.dask_scheduler else _cores()))

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one, with as many tasks in flight as ``maxConcurrency`` says."""
        from corral_core.settings import CoreSettings
        from corral_dask.settings import DaskSettings

        core = settings.section(CoreSettings)
        return cls(settings.section(DaskSettings), core.max_concurrency, core.include, core.requirements)

    def check(self, bundle: Bundle) -> None:
        """Ask the scheduler what its workers are, and make the archive for them.

        :raises ExecutorUnavailable: when it can't be reached, or has no worker.
        :raises UsageError: when the code can't be brought to them.
        """
        if bundle.job.kind == "pickle" and not bundle.job.name:
            return  # it is written by now only when the run begins: open() asks
        self._kit = self._prepare(bundle)

    def open(self, bundle: Bundle) -> None:
        """Bring the code to the workers, to those that join later too.

        :raises ExecutorUnavailable: when the scheduler can't be reached.
        """
        from corral_core.remote.pool import InvocationPool
        from corral_dask.calls import Calls

        self.close()
        kit, self._kit = self._kit, None
        settings = self._settings
        where = settings.dask_scheduler or self.capabilities.slots or 1
        calls = Calls(where, kit or self._prepare(bundle), settings.resources, settings.dask_timeout)
        self._pool = InvocationPool(calls.connect, self._concurrency, can_cancel=True)
        if calls.dashboard:
            bundle.step(f"dashboard: {calls.dashboard}")

    def submit(self, payload: bytes) -> Future[bytes]:
        """Run one task when a worker is free. ``cancel()`` ends it even while it runs.

        :raises ExecutorUnavailable: before :meth:`open` and after :meth:`close`.
        """
        if self._pool is None:
            raise ExecutorUnavailable("the dask executor is not open: call open() before submit()")
        return self._pool.submit(payload)

    def close(self) -> None:
        """End all tasks, remove the code from the workers, and disconnect."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None

    def diagnose(self) -> Iterable[Finding]:
        """Whether there is a scheduler, and what its workers are; it may take ``daskTimeout``."""
        from corral_core.diagnosis import Finding

        address = self._settings.dask_scheduler
        if address is None:
            return [Finding("cluster", "ok", f"one on this machine for each run, of {self.capabilities.slots} workers")]
        from corral_dask.doctor import findings

        return findings(self._settings, address)

    def _prepare(self, bundle: Bundle) -> Kit:
        from corral_dask.archive import kit_here, packed
        from corral_dask.cluster import place
        from corral_dask.survey import survey

        settings, address = self._settings, self._settings.dask_scheduler
        if address is None:
            return kit_here(bundle)
        bundle.step(f"asking {place(address)} for its workers")
        found = survey(address, settings.resources, settings.dask_timeout)
        if found.stranger:
            bundle.step(f"versions of Dask differ, which may not work: {found.stranger}")
        self._set_slots(settings.dask_workers or found.slots or None)
        return packed(bundle, found, place(address), self._include, self._requirements)

    def _set_slots(self, slots: int | None) -> None:
        settings = self._settings
        remote = settings.dask_scheduler is not None and not settings.dask_shared_files
        self.capabilities = Capabilities(
            remote=remote,
            sharing="--dask-shared-files",
            slots=slots,
            max_payload=MESSAGE_BYTES,
            can_cancel=True,
        )


def _cores() -> int:
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)
