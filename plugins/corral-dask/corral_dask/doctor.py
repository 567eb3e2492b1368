"""What ``corral doctor`` finds of a scheduler and its workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.errors import ExecutorUnavailable, UsageError
from corral_dask.cluster import place
from corral_dask.facts import target
from corral_dask.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_dask.settings import DaskSettings

__all__ = ["findings"]


def findings(settings: DaskSettings, address: str) -> Iterator[Finding]:
    """Ask the scheduler, as a run would."""
    where = place(address)
    try:
        found = survey(address, settings.resources, settings.dask_timeout)
    except ExecutorUnavailable as error:
        yield Finding("scheduler", "failed", str(error), "start it, or correct daskScheduler")
        return
    yield Finding("scheduler", "ok", where)
    workers = len(found.versions["workers"])
    yield Finding("workers", "ok", f"{workers} with room for {found.slots} tasks at once")
    try:
        yield Finding("code", "ok", f"bundles are for {target(found.versions, found.libc, where, ())}")
    except UsageError as error:
        yield Finding("code", "failed", str(error), "use workers of one kind, with the Python that corral runs on")
    if found.stranger:
        yield Finding("versions of Dask", "warning", found.stranger, "install the same version everywhere")
