"""What a run decides before it starts work: all that can be refused is refused here, and nothing has been written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corral_core import plugins as plugin_manager
from corral_core.engine.bill import Bill, check_prices
from corral_core.engine.codefiles import fingerprint
from corral_core.engine.commit import Location
from corral_core.engine.folder import RunFolder, new_run
from corral_core.engine.given import packages_of, values_of
from corral_core.engine.identity import identity_of
from corral_core.engine.inputs import find_inputs
from corral_core.engine.past import Past
from corral_core.engine.planner import Sizes
from corral_core.engine.reach import check_reach
from corral_core.engine.resume import Resumed, resume
from corral_core.engine.source import pickled
from corral_core.engine.usercode import check_code
from corral_core.errors import JobError, PluginError, SettingsError
from corral_core.executor import Bundle
from corral_core.references import reference_to
from corral_core.storage.resolve import storage_for
from corral_core.tasks import LEAST_TASK_MEMORY, JobRef, TaskOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.engine.identity import Identity
    from corral_core.engine.loading import JobSource
    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.job import Job
    from corral_core.plugins import Plugins
    from corral_core.settings import CoreSettings, Settings
    from corral_core.storage.api import FileInfo

__all__ = ["Setup", "prepared", "set_up"]


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
    identity: Identity
    folder: RunFolder
    session: int
    """How many drivers have worked on this run before."""
    slots: int | None
    """By which the input is cut."""
    past: Past
    """What they have done."""
    input_format: type[InputFormat]
    output_format: type[OutputFormat]
    options: TaskOptions
    sizes: Sizes
    step: Callable[[str], None] = lambda _: None
    """Tells what takes time and is no task."""
    memprofile: str = ""
    """Where local workers write memory profiles; empty for none."""

    def bundle(self, ref: JobRef) -> Bundle:
        """What the executor is to make runnable.

        :param ref: where workers find the job.
        """
        return Bundle(
            ref,
            self.source.sys_path,
            reads=self.reads,
            location=self.location.path,
            work=self.folder.path,
            step=self.step,
            packages=packages_of(self.source.jobs),
            pickle=self.pickle if self.source.ref is None else b"",
            memprofile=self.memprofile,
        )

    def job_ref(self, put: Callable[[str, bytes], str]) -> JobRef:
        """Where workers find the job: in its file or module, or, when none holds it, in a pickle.

        :param put: keeps a file for them, by its name; answers its path.
        """
        if self.source.ref is not None:
            return self.source.ref
        digest = hashlib.sha256(self.pickle).hexdigest()
        return JobRef("pickle", put("jobs.pickle", self.pickle), digest=digest)

    @cached_property
    def pickle(self) -> bytes:
        """The jobs, for workers that can't import them."""
        return pickled(self.source.jobs)

    def check_outputs(self) -> None:
        """:raises OutputError: when some are in the way, or an input would be replaced."""
        if self.settings.core.overwrite:
            self.location.check_apart(self.files)
        elif not self.past.claimed:
            self.location.check_free(self.folder.run)

    def bill(self) -> Bill:
        """What puts prices on the run."""
        paths = [self.location.path, *self.reads]
        return Bill(self.executor, paths, self.options.storages, self.settings.core.own_prices)


def set_up(
    source: JobSource,
    inputs: Sequence[str],
    settings: Settings,
    step: Callable[[str], None],
    memprofile: str,
) -> Setup:
    """Check what was asked for.

    :param step: see :class:`Setup`, as for ``memprofile``.
    :raises UsageError: for whatever is missing, unknown, taken or out of reach.
    """
    setup = replace(prepared(source, inputs, settings), step=step, memprofile=memprofile)
    setup.check_outputs()
    setup.executor.check(setup.bundle(source.ref or JobRef("pickle", "")))
    return setup if settings.core.resume else replace(setup, slots=setup.executor.capabilities.slots)


def prepared(source: JobSource, inputs: Sequence[str], settings: Settings) -> Setup:
    """The same without a look at the outputs in the way and at the executor's account: enough to plan with."""
    core, plugins = settings.core, plugin_manager.load()
    _check(source.jobs, settings, plugins)
    executor = _executor(settings, plugins).from_settings(settings)
    input_format = plugins.input_format(source.jobs[0].input_format or core.input_format)
    output_format = plugins.output_format(source.jobs[-1].output_format or core.output_format)
    storages = plugins.storage_references()
    storage = storage_for(core.working_location, storages)
    location = Location(storage, core.working_location)
    check_reach(executor, inputs, location.path, partial(storage_for, extra=storages))
    files = find_inputs(inputs, storages)
    options = _task_options(core, input_format, output_format, storages, values_of(source))
    identity = identity_of(fingerprint(source), source.jobs, settings, files, options.params)
    run = _run(location, identity, settings, executor.capabilities.slots)
    return Setup(
        source=source,
        settings=settings,
        plugins=plugins,
        executor=executor,
        files=files,
        reads=tuple(storage_for(name, storages).normalize(name) for name in inputs),
        location=location,
        identity=identity,
        folder=run.folder,
        session=run.session,
        slots=run.slots,
        past=run.past,
        input_format=input_format,
        output_format=output_format,
        options=options,
        sizes=_sizes(settings),
    )


def _executor(settings: Settings, plugins: Plugins) -> type[Executor]:
    try:
        return plugins.executor(settings.core.executor or "inline")
    except PluginError as error:
        origin = settings.origin("executor")
        if origin.layer in {"environment", "rc file"}:  # which nobody has before their eyes
            error.add_note(f"the executor was set by {origin}")
        raise


def _run(location: Location, identity: Identity, settings: Settings, slots: int | None) -> Resumed:
    wanted = settings.core.resume
    if wanted:
        return resume(location, wanted, identity)
    return Resumed(RunFolder(location.storage, location.path, new_run()), 0, slots, Past())


def _check(jobs: Sequence[Job], settings: Settings, plugins: Plugins) -> None:
    """What is wrong by itself, whatever the inputs and the executor."""
    _check_stages(jobs)
    _check_memory(settings)
    check_prices(settings, plugins)


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
    core: CoreSettings,
    reads: type[InputFormat],
    writes: type[OutputFormat],
    storages: dict[str, str],
    params: dict[str, Any],
) -> TaskOptions:
    return TaskOptions(
        input_format=reference_to(reads),
        output_format=reference_to(writes),
        encoding=core.encoding,
        max_record_size=core.max_record_size,
        max_bad_records=core.max_bad_records if isinstance(core.max_bad_records, int) else None,
        task_memory=core.task_memory,
        spill_directory=core.spill_directory and str(Path(core.spill_directory).absolute()),
        storages=storages,
        params=params,
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
