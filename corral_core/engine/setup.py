"""What a run decides before it starts work: all that can be refused is refused here, and nothing has been written."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core import plugins as plugin_manager
from corral_core.engine.commit import Location
from corral_core.engine.inputs import find_inputs
from corral_core.engine.planner import Sizes
from corral_core.engine.reach import check_reach
from corral_core.engine.usercode import check_code
from corral_core.errors import JobError, SettingsError
from corral_core.executor import Bundle
from corral_core.storage.resolve import storage_for
from corral_core.tasks import LEAST_TASK_MEMORY, JobRef, TaskOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.job import Job
    from corral_core.plugins import Plugins
    from corral_core.settings import CoreSettings, Settings
    from corral_core.storage.api import FileInfo, Storage

__all__ = ["Setup", "set_up"]


@dataclass(frozen=True)
class Setup:
    """A run that may begin."""

    source: JobSource
    settings: Settings
    plugins: Plugins
    executor: Executor
    files: list[FileInfo]
    reads: tuple[str, ...]
    """The inputs as the user named them, made whole."""
    location: Location
    storage: Storage
    """The working location's."""
    input_format: type[InputFormat]
    output_format: type[OutputFormat]
    options: TaskOptions
    sizes: Sizes


def set_up(source: JobSource, inputs: Sequence[str], settings: Settings) -> Setup:
    """Check what was asked for.

    :raises UsageError: for whatever is missing, unknown, taken or out of reach.
    """
    core, plugins = settings.core, plugin_manager.load()
    _check_stages(source.jobs)
    _check_memory(settings)
    executor = plugins.executor(core.executor or "inline").from_settings(settings)
    input_format = plugins.input_format(source.jobs[0].input_format or core.input_format)
    output_format = plugins.output_format(source.jobs[-1].output_format or core.output_format)
    storages = {scheme: _reference(cls) for scheme, cls in plugins.storages.items()}
    files = find_inputs(inputs, storages)
    storage = storage_for(core.working_location, storages)
    location = Location(storage, core.working_location, _run_id())
    check_reach(executor, [file.path for file in files], location.path, partial(storage_for, extra=storages))
    if core.overwrite:
        location.check_apart(files)
    else:
        location.check_free()
    options = _task_options(core, input_format, output_format, storages)
    reads = tuple(storage_for(name, storages).normalize(name) for name in inputs)
    ref = source.ref or JobRef("pickle", "")
    executor.check(Bundle(ref, source.sys_path, reads, location.path, location.scratch))
    return Setup(
        source,
        settings,
        plugins,
        executor,
        files,
        reads,
        location,
        storage,
        input_format,
        output_format,
        options,
        _sizes(settings),
    )


def _check_stages(jobs: Sequence[Job]) -> None:
    for job in jobs:
        check_code(job)
    for job in jobs[1:]:
        if job.input_format:
            raise JobError(f"job {job.name} reads the records of the stage before it: give it no input_format")
    for job in jobs[:-1]:
        if job.output_format:
            raise JobError(f"job {job.name} hands its records to the next stage: give it no output_format")


def _check_memory(settings: Settings) -> None:
    given = settings.core.task_memory
    if given < LEAST_TASK_MEMORY:
        raise SettingsError(
            f"taskMemory is {given:,} bytes ({settings.origin('taskMemory')}), too little to merge with: "
            f"give {LEAST_TASK_MEMORY // 2**20} MiB or more"
        )


def _task_options(
    core: CoreSettings, reads: type[InputFormat], writes: type[OutputFormat], storages: dict[str, str]
) -> TaskOptions:
    return TaskOptions(
        input_format=_reference(reads),
        output_format=_reference(writes),
        encoding=core.encoding,
        max_record_size=core.max_record_size,
        task_memory=core.task_memory,
        spill_directory=core.spill_directory and str(Path(core.spill_directory).absolute()),
        storages=storages,
    )


def _sizes(settings: Settings) -> Sizes:
    core = settings.core
    return Sizes(
        core.split_size,
        core.map_bin_size,
        core.reduce_bin_size,
        fixed_split=settings.is_set("splitSize"),
        fixed_map_bin=settings.is_set("mapBinSize"),
        fixed_reduce_bin=settings.is_set("reduceBinSize"),
    )


def _reference(cls: type) -> str:
    if "<locals>" in cls.__qualname__:
        raise JobError(f"class {cls.__qualname__} must be at the top level of a module, for workers to import it")
    return f"{cls.__module__}:{cls.__qualname__}"


def _run_id() -> str:
    """Sorts by time, and is different for any two runs."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
