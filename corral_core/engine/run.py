"""One run from inputs to ``_SUCCESS``: stage after stage, map phase then reduce phase.

::

    inputs ──find_inputs──> files ──plan_stage──> bins ──MapTask──> segments ──ReduceTask──> output-X
                              ▲                                                    │
                              └───────────── records between stages ◄──────────────┘
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.dispatch import run_phase
from corral_core.engine.planner import StagePlan, layout_of, plan_stage
from corral_core.engine.result import RunResult
from corral_core.engine.setup import Setup, set_up
from corral_core.engine.source import pickled
from corral_core.engine.taskio import STAGE_INPUT
from corral_core.engine.totals import phase_stats, run_stats, total_counters
from corral_core.errors import OutputError, RunError, reason_of
from corral_core.events import PhaseFinished, PhaseStarted, RunFinished, RunStarted
from corral_core.executor import Bundle
from corral_core.formats.api import FormatOptions
from corral_core.formats.compression import decompressor
from corral_core.storage.api import FileInfo
from corral_core.tasks import Done, JobRef, MapTask, ReduceTask, TaskId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.events import Event, Observer
    from corral_core.job import Job
    from corral_core.settings import Settings
    from corral_core.tasks import Output, Stats, Task

__all__ = ["run"]


def run(source: JobSource, inputs: Sequence[str], settings: Settings, observers: Sequence[Observer] = ()) -> RunResult:
    """Run jobs over inputs, one stage for each job.

    :raises UsageError: before anything is written, when it can't be done.
    :raises RunError: when a task fails; the outputs of a failed run are removed.
    """
    setup = set_up(source, inputs, settings)
    extra = [cls() for _, cls in setup.plugins.observers.items()]
    return _Run(setup, [*observers, *extra]).run()


class _Run:
    def __init__(self, setup: Setup, observers: Sequence[Observer]) -> None:
        self._setup, self._observers = setup, observers
        self._location, self._executor = setup.location, setup.executor
        self._done: list[Done] = []
        self._phases: list[Stats] = []

    def run(self) -> RunResult:
        began = time.perf_counter()
        error: BaseException | None = None
        try:
            outputs = self._work()
        except OSError as raised:  # a task's own come back as TaskFailedError: this is the location
            error = RunError(f"output {self._location.path} failed while the run worked there: {raised}")
            raise error from raised
        except BaseException as raised:
            error = raised
            raise
        finally:
            seconds = time.perf_counter() - began
            counters = total_counters(self._done)
            self._tell(RunFinished(self._location.run, seconds, error, counters))
        setup = self._setup
        options = FormatOptions(setup.options.encoding, setup.options.max_record_size)
        return RunResult(
            run=self._location.run,
            location=self._location.path,
            executor=self._executor.name,
            outputs=outputs,
            counters=counters,
            stats=run_stats(self._phases),
            seconds=seconds,
            reader=partial(setup.plugins.input_format(setup.output_format.reads_as), options),
            storages=setup.options.storages,
            usage=self._executor.usage(),
        )

    def _work(self) -> list[Output]:
        setup, location = self._setup, self._location
        size = sum(file.size for file in setup.files)
        jobs = setup.source.jobs
        self._tell(RunStarted(location.run, self._executor.name, location.path, len(jobs), len(setup.files), size))
        try:
            ref = self._begin()
            self._executor.open(self._bundle(ref))
            outputs = self._stages(ref)
            self._executor.close()
            location.finish(outputs, total_counters(self._done))
        except BaseException:
            self._clean_up()
            raise
        if setup.settings.core.cleanup:
            location.remove_scratch()
        return outputs

    def _clean_up(self) -> None:
        """After a failure, which is told whatever goes wrong here; a second Ctrl-C ends the waiting for workers."""
        try:
            self._executor.close()  # first: no task may write any more when the outputs are removed
        finally:
            with suppress(OSError):
                self._location.abandon(keep=not self._setup.settings.core.cleanup)

    def _begin(self) -> JobRef:
        """The first write: it shows whether the location can be written, and carries a job that no module holds."""
        source = self._setup.source
        try:
            self._location.begin(self._executor.name)
            if source.ref is not None:
                return source.ref
            data = pickled(source.jobs)
            return JobRef("pickle", self._location.put("jobs.pickle", data), digest=hashlib.sha256(data).hexdigest())
        except OSError as error:
            raise OutputError(
                f"output {self._location.path} can't be written: {reason_of(error)}; choose another --out"
            ) from error

    def _bundle(self, ref: JobRef) -> Bundle:
        setup, location = self._setup, self._location
        return Bundle(ref, setup.source.sys_path, setup.reads, location.path, location.scratch)

    def _stages(self, ref: JobRef) -> list[Output]:
        files, outputs = self._setup.files, []
        for number, job in enumerate(self._setup.source.jobs):
            last = number == len(self._setup.source.jobs) - 1
            outputs = self._stage(number, job, ref, files, last=last)
            files = [FileInfo(output.path, output.size) for output in outputs if output.records]
        return outputs

    def _stage(self, number: int, job: Job, ref: JobRef, files: list[FileInfo], *, last: bool) -> list[Output]:
        plan = self._plan(number, job, files)
        if last and not plan.reducers:
            self._location.claim(overwrite=self._setup.settings.core.overwrite)
        mapped = self._phase(number, job, plan.bytes, self._map_tasks(number, ref, plan, last=last))
        if not plan.reducers:
            return [done.output for done in mapped if done.output is not None]
        if last:
            self._location.claim(overwrite=self._setup.settings.core.overwrite)
        size = sum(done.stats.bytes_out for done in mapped)
        reduced = self._phase(number, job, size, self._reduce_tasks(number, ref, plan, mapped, last=last))
        return [done.output for done in reduced if done.output is not None]

    def _plan(self, number: int, job: Job, files: list[FileInfo]) -> StagePlan:
        reads_lines = number == 0 and self._setup.input_format.splittable
        return plan_stage(
            files,
            self._setup.sizes,
            slots=self._executor.capabilities.slots,
            reducers=job.reducers or self._setup.settings.core.reducers,
            reduces=job.reducer is not None,
            splittable=lambda path: reads_lines and decompressor(path) is None,
        )

    def _map_tasks(self, number: int, ref: JobRef, plan: StagePlan, *, last: bool) -> list[Task]:
        layout = layout_of(self._setup.settings.core.shuffle_layout, plan, local=self._setup.storage.local)
        options = self._setup.options
        if number > 0:
            options = msgspec.structs.replace(options, input_format=STAGE_INPUT)
        return [
            MapTask(
                id=TaskId(self._location.run, number, "map", index),
                job=ref,
                splits=splits,
                partitions=plan.reducers,
                work=self._location.stage(number),
                options=options,
                layout=layout,
                output=None if plan.reducers else self._output(number, index, last=last),
                typed_output=not last,
            )
            for index, splits in enumerate(plan.bins)
        ]

    def _reduce_tasks(self, number: int, ref: JobRef, plan: StagePlan, mapped: list[Done], *, last: bool) -> list[Task]:
        return [
            ReduceTask(
                id=TaskId(self._location.run, number, "reduce", index),
                job=ref,
                segments=tuple(segment for done in mapped if (segment := done.segments[index]) is not None),
                work=self._location.stage(number),
                options=self._setup.options,
                output=self._output(number, index, last=last),
                typed_output=not last,
            )
            for index in range(plan.reducers)
        ]

    def _output(self, stage: int, index: int, *, last: bool) -> str:
        return self._location.output(index) if last else self._location.between(stage, index)

    def _phase(self, number: int, job: Job, size: int, tasks: list[Task]) -> list[Done]:
        phase = tasks[0].id.phase if tasks else "map"
        self._tell(PhaseStarted(number, job.name, phase, len(tasks), size))
        done = run_phase(self._executor, tasks, self._setup.settings.core.max_concurrency, self._tell)
        self._done += done
        self._phases.append(phase_stats(done))
        self._tell(PhaseFinished(number, phase, self._phases[-1]))
        return done

    def _tell(self, event: Event) -> None:
        for observer in self._observers:
            observer.on_event(event)
