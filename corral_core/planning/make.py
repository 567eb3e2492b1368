"""Puts a plan together."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from corral_core.engine.setup import prepared
from corral_core.errors import OutputError, UsageError
from corral_core.formats.compression import decompressor
from corral_core.planning.api import Inputs, Memory, Plan, Table
from corral_core.planning.outlook import outlook, slots_of
from corral_core.planning.scenario import assumed, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.engine.setup import Setup
    from corral_core.planning.trial import Trial
    from corral_core.settings import Settings

__all__ = ["make_plan"]


def make_plan(source: JobSource, inputs: Sequence[str], settings: Settings, sample: float | None = None) -> Plan:
    """What a run of these jobs over these inputs would do. Writes and deploys nothing.

    :param sample: how much of the input to run the job's code over, on this machine: bytes as an int, a share as a
        float; None: nothing.
    :raises UsageError: when there is nothing to plan with.
    :raises TaskFailedError: when the job fails over the sample.
    """
    if settings.core.resume:
        raise UsageError("--resume goes on with a run that has its plan already: leave it out")
    setup = prepared(source, inputs, settings)
    inputs_told = _inputs(setup)
    trial = _trial(setup, sample, inputs_told.bytes) if sample else None
    can = setup.executor.capabilities
    packed = inputs_told.compressed_bytes / max(1, inputs_told.bytes)
    low, high = (trial.low, trial.high) if trial else assumed(len(source.jobs), packed, remote=can.remote)
    return Plan(
        executor=setup.executor.name,
        location=setup.location.path,
        intermediate=setup.folder.path.rpartition("/")[0],
        inputs=inputs_told,
        slots=slots_of(setup),
        memory=_memory(setup),
        low=outlook(setup, low),
        high=outlook(setup, high),
        sampled=trial.sampled if trial else None,
        assumptions=sentences(sampled=trial is not None, packed=packed > 0, remote=can.remote, cpu=can.cpu),
        warnings=_warnings(setup),
        prices=tuple(Table(table.place, table.date, table.source) for table in setup.bill().tables()),
    )


def _inputs(setup: Setup) -> Inputs:
    packed = [file.size for file in setup.files if decompressor(file.path) is not None]
    return Inputs(len(setup.files), sum(file.size for file in setup.files), len(packed), sum(packed))


def _trial(setup: Setup, sample: float, total: int) -> Trial | None:
    from corral_core.planning.trial import tried

    wanted = sample if isinstance(sample, int) else round(sample * total)
    with tempfile.TemporaryDirectory(prefix="corral-plan-", dir=setup.options.spill_directory) as directory:
        return tried(setup, max(1, wanted), directory)


def _memory(setup: Setup) -> Memory:
    task = setup.options.task_memory
    here = not setup.executor.capabilities.remote
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if here else None
    return Memory(task, task * slots_of(setup), machine)


def _warnings(setup: Setup) -> tuple[str, ...]:
    try:
        setup.check_outputs()
    except OutputError as error:
        return (str(error),)
    return ()
