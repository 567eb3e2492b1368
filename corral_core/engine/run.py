"""One run from inputs to ``_SUCCESS``.

::

    inputs ──set_up──> Setup ──begin──> stage 0 ──> stage 1 ... ──> outputs ──finish──> _SUCCESS
                                          │
                                          └─ a failure, or Ctrl-C: outputs and finished tasks stay for --resume,
                                             unless nothing of them could be used again
    events ──Reporting──> _report.json.gz, however it ended
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from random import Random
from typing import TYPE_CHECKING

import msgspec

from corral_core import plugins
from corral_core.engine.audience import Audience
from corral_core.engine.badlimit import BadRecordLimit
from corral_core.engine.clock import Clock
from corral_core.engine.commit import Manifest
from corral_core.engine.dispatch import Dispatch
from corral_core.engine.folder import End, RunRecord, Session
from corral_core.engine.journal import Journal
from corral_core.engine.ledger import Ledger
from corral_core.engine.patience import patient
from corral_core.engine.policy import policy_of
from corral_core.engine.reporting import Left
from corral_core.engine.result import RunResult
from corral_core.engine.setup import Setup, set_up
from corral_core.engine.stage import Stage, Work
from corral_core.engine.totals import Totals
from corral_core.errors import OutputError, RunError, TaskFailedError, reason_of
from corral_core.events import RunFinished, RunStarted
from corral_core.formats.api import FormatOptions
from corral_core.storage.api import FileInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.events import Observer
    from corral_core.settings import Settings
    from corral_core.tasks import JobRef, Output

__all__ = ["run"]


def run(
    source: JobSource,
    inputs: Sequence[str],
    settings: Settings,
    observers: Sequence[Observer] = (),
    *,
    clock: Clock | None = None,
    chance: Random | None = None,
    memprofile: str = "",
) -> RunResult:
    """Run jobs over inputs, one stage for each job.

    :param clock: the driver's time.
    :param chance: spreads retries over time; a seeded one makes a run with a clock of its own go the same way again.
    :param memprofile: where local workers write memory profiles, each with its process id appended; empty for none.
    :raises UsageError: before anything is written, when it can't be done.
    :raises RunError: when a task fails for good. What has been done stays for another try, unless it is of no use.
    """
    clock = clock or Clock()
    told = Audience([*observers, *(cls() for _, cls in plugins.load().observers.items())], clock)
    setup = set_up(source, inputs, settings, told.step, memprofile)
    return _Run(setup, told, clock, chance or Random()).run()  # noqa: S311  (guards nothing)


class _Run:
    def __init__(self, setup: Setup, told: Audience, clock: Clock, chance: Random) -> None:
        self._setup, self._told, self._clock, self._chance = setup, told, clock, chance
        self._location, self._folder, self._executor = setup.location, setup.folder, setup.executor
        self._totals, self._left = Totals(), Left()
        self._entered = self._overtaken = False
        self._kept = 0
        journal = Journal(self._location.storage, self._folder.path, setup.session, clock.now())
        limit = BadRecordLimit(setup.settings.core.max_bad_records)
        self._ledger = Ledger(journal, self._location, clock, limit, owns_outputs=setup.past.claimed)

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
            report = ""
            if self._entered and not self._overtaken:
                report = self._told.report(self._setup, self._totals, self._left, error)
            self._told.tell(RunFinished(self._folder.run, seconds, error, self._totals.counters, self._kept, report))
        setup = self._setup
        options = FormatOptions(setup.options.encoding, setup.options.max_record_size)
        return RunResult(
            run=self._folder.run,
            location=self._location.path,
            executor=self._executor.name,
            outputs=outputs,
            counters=self._totals.counters,
            stats=self._totals.stats(outputs),
            seconds=seconds,
            waste=self._told.spending.waste(),
            dead_letters=self._left.dead_letters,
            reader=partial(setup.plugins.input_format(setup.output_format.reads_as), options),
            storages=setup.options.storages,
            usage=self._executor.usage(),
            cost=self._told.cost(setup),
            params=setup.options.params,
        )

    def _work(self) -> list[Output]:
        setup = self._setup
        size = sum(file.size for file in setup.files)
        jobs, run = setup.source.jobs, self._folder.run
        files, params = len(setup.files), setup.options.params
        self._told.tell(RunStarted(run, self._executor.name, self._location.path, len(jobs), files, size, params))
        try:
            ref = self._begin()
            self._executor.open(setup.bundle(ref))
            outputs = self._stages(ref)
            setup.step("finishing")
            self._executor.close()
            self._finish(outputs)
            self._left = self._left._replace(outputs=outputs)
        except BaseException as error:
            self._give_up(error)
            raise
        return outputs

    def _begin(self) -> JobRef:
        """The first write: it shows whether the location can be written, and carries a job that no module holds."""
        setup, folder = self._setup, self._folder
        try:
            if not setup.session:
                record = RunRecord(folder.run, version("corral-core"), setup.identity, setup.slots)
                folder.put("run.json", msgspec.json.encode(record))
            folder.enter(Session.of_this_process(setup.session, self._executor.name))
            self._entered = True
            self._told.reporting.go_on(setup)
            return setup.job_ref(folder.put)
        except OSError as error:
            raise OutputError(
                f"output {self._location.path} can't be written: {reason_of(error)}; choose another --out"
            ) from error

    def _stages(self, ref: JobRef) -> list[Output]:
        setup, jobs = self._setup, self._setup.source.jobs
        dispatch = Dispatch(self._executor, policy_of(setup), self._clock, self._chance, self._told.tell, self._ledger)
        work = Work(setup, ref, dispatch, self._ledger, self._totals)
        files, outputs = setup.files, []
        for number, job in enumerate(jobs):
            outputs = Stage(work, number, job, files, last=number == len(jobs) - 1).run()
            files = [FileInfo(output.path, output.size) for output in outputs if output.records]
        return outputs

    def _finish(self, outputs: list[Output]) -> None:
        self._overtaken = patient(self._folder.overtaken, self._setup.session)
        if self._overtaken:
            raise RunError(f"run {self._folder.run} was taken up by another driver meanwhile: let that one end it")
        set_aside = self._totals.dead_letters
        self._left = Left(dead_letters=self._location.gather(set_aside))
        bad_records = sum(part.records for part in set_aside)
        written = self._setup.output_format.name, self._setup.options.encoding
        self._location.finish(Manifest(self._folder.run, outputs, self._totals.counters, bad_records, *written))
        if self._setup.settings.core.cleanup:
            with suppress(OSError):  # the answer is there; what is left, corral clean removes
                self._remove_runs()

    def _remove_runs(self) -> None:
        """This one's folder, and those of earlier ones that ended without an answer: theirs is not wanted any more."""
        if self._location.remove_run(self._folder.run):
            return
        from corral_core.engine.census import gave_up

        for run in self._location.runs():
            if gave_up(self._location, run):
                self._location.remove_run(run)

    def _give_up(self, error: BaseException) -> None:
        """After a failure, which is told whatever goes wrong here; a second Ctrl-C ends the waiting for workers."""
        try:
            self._executor.close()  # first: no task may write any more when outputs are removed
        finally:
            with suppress(OSError):
                if self._is_ours():
                    self._keep_or_remove(error)

    def _is_ours(self) -> bool:
        """Whether no other driver has taken the run up: before this one could, or since."""
        began = self._entered or not self._setup.session
        self._overtaken = self._folder.overtaken(self._setup.session)
        return began and not self._overtaken

    def _keep_or_remove(self, error: BaseException) -> None:
        self._ledger.flush()
        done = len(self._setup.past)  # to which each stage adds
        if done and _can_go_on(error):
            self._kept = done
            end = End("failed" if isinstance(error, Exception) else "interrupted", str(error))
            self._folder.leave(self._setup.session, end)
            return
        if self._ledger.owns_outputs:
            self._location.remove_outputs()
        if self._setup.settings.core.cleanup:
            self._location.remove_run(self._folder.run)


def _can_go_on(error: BaseException) -> bool:
    """Whether the same run may end well another time: not when the job's reducer raises, whose code would change.

    A mapper's error may be one of ``maxBadRecords``.
    """
    if not isinstance(error, TaskFailedError) or error.report is None:
        return True
    return error.report.kind not in ("user", "data") or error.report.id.phase == "map"
