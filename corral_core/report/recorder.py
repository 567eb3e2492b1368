"""Makes a run's report of its events.

::

    dispatch ──events──► Recorder ──► AttemptLog, FailureLog ──encoded──► _report.json.gz (store.py)
                            ▲
                            └── recall: an earlier session's report, and answers of the journal's
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from corral_core.events import (
    Event,
    Observer,
    PhaseFinished,
    PhaseStarted,
    RunStarted,
    Step,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.report.api import (
    Attempts,
    Cut,
    OutputFile,
    PhaseRun,
    Report,
    SessionRun,
    SetAside,
    SettingValue,
    State,
    StepRun,
    Versions,
)
from corral_core.report.columns import AttemptLog
from corral_core.report.failures import FailureLog, clean, ending_of
from corral_core.tasks import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from corral_core.prices import CostItem
    from corral_core.tasks import Output, Split, TaskId

__all__ = ["Recorder", "RunFacts"]

STEPS = 1000
"""That are kept; an executor may tell many."""


class RunFacts(NamedTuple):
    """What no event tells."""

    outputs: Sequence[Output]
    dead_letters: SetAside | None
    counters: dict[str, int]
    usage: str
    cost: list[CostItem]
    slots: int
    settings: list[SettingValue]
    versions: Versions


class _Flying(NamedTuple):
    began: float
    backup: bool
    splits: Sequence[Split]


class Recorder(Observer):
    """Sees every event of one session.

    :param now: the driver's clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._zero, self._began = now, now(), time.time()
        self._session = 0
        self._sessions: list[SessionRun] = []
        self._run: RunStarted | None = None
        self._phases: list[PhaseRun] = []
        self._steps: list[StepRun] = []
        self._cuts: list[Cut] = []
        self._flying: dict[TaskId, _Flying] = {}
        self._attempts, self._failures = AttemptLog(), FailureLog()
        self._requests: Counter[str] = Counter()

    def recall(self, session: int, report: Report | None, answers: Iterable[Done]) -> None:
        """This session goes on with others, before which it has seen steps only.

        :param session: its number.
        :param report: the latest that there is of the same run.
        :param answers: what earlier sessions got; of those that left no report, this is all that is known.
        """
        self._session = session
        self._steps = [msgspec.structs.replace(step, session=session) for step in self._steps]
        if report is not None:
            self._sessions += report.sessions
            self._phases, self._cuts = [*report.phases], [*report.cuts]
            self._steps = [*report.steps, *self._steps]
            self._attempts.recall(report.attempts, report.files)
            self._failures.recall(report.failures, report.failures_left_out)
            self._requests.update(report.requests)
        known = {each.number for each in self._sessions}
        for done in answers:
            if done.id.session not in known:
                self._attempts.add(done.id, "won", done)
                self._requests.update(done.stats.requests)
        self._sessions += [SessionRun(number, "unknown") for number in range(session) if number not in known]
        self._sessions.sort(key=lambda each: each.number)

    def on_event(self, event: Event) -> None:
        """Write it down."""
        match event:
            case TaskStarted():
                self._flying[event.id] = _Flying(self._at(), event.backup, event.splits)
            case TaskFinished():
                self._finished(event)
            case PhaseStarted():
                self._phases.append(self._begun(event))
            case PhaseFinished():
                self._leave_flying()
                self._phases[-1] = msgspec.structs.replace(self._phases[-1], ended=self._moment())
            case TaskCut():
                self._cuts.append(Cut(self._session, self._moment(), event.id.stage, event.id.index, event.into))
            case Step() if len(self._steps) < STEPS:
                self._steps.append(StepRun(self._session, self._moment(), clean(event.text)))
            case RunStarted():
                self._run = event
            case _:
                pass

    def encoded(self, error: BaseException | None, facts: RunFacts) -> Iterator[bytes]:
        """The report as JSON, in pieces, of a run that has started and is over now."""
        self._leave_flying()
        report = self._report(error, facts)
        fields = {name: getattr(report, name) for name in Report.__struct_fields__ if name != "attempts"}
        yield msgspec.json.encode(fields).removesuffix(b"}") + b',"attempts":'
        yield from self._attempts.encoded()
        yield b"}"

    def _report(self, error: BaseException | None, facts: RunFacts) -> Report:
        run = self._run
        assert run is not None, "a run is recorded from its start"  # noqa: S101  (who calls has told it)
        state: State = "finished" if error is None else "failed" if isinstance(error, Exception) else "interrupted"
        ours = SessionRun(self._session, state, run.executor, round(self._began, 3), self._moment(), facts.slots)
        return Report(
            run=run.run,
            location=run.location,
            executor=run.executor,
            state=state,
            ending=ending_of(error) if error is not None else None,
            files_in=run.files,
            bytes_in=run.bytes,
            sessions=[*self._sessions, ours],
            phases=self._phases,
            steps=self._steps,
            cuts=self._cuts,
            attempts=Attempts(),
            files=[clean(name) for name in self._attempts.files],
            failures=self._failures.kept,
            failures_left_out=self._failures.left_out,
            outputs=[OutputFile(each.path.rpartition("/")[2], each.size, each.records) for each in facts.outputs],
            dead_letters=facts.dead_letters,
            counters=facts.counters,
            requests=dict(sorted(self._requests.items())),
            usage=facts.usage,
            cost=facts.cost,
            settings=facts.settings,
            versions=facts.versions,
        )

    def _finished(self, event: TaskFinished) -> None:
        flying = self._flying.pop(event.id, None)
        now = self._at()
        if flying is None:  # it was left at the end of its phase, and answers in another
            return
        reply = event.reply
        row = self._attempts.add(
            event.id, event.outcome, reply, (flying.began, now), backup=flying.backup, splits=flying.splits
        )
        if isinstance(reply, Done) and reply.stats.requests:
            self._requests.update(reply.stats.requests)
        if event.outcome == "failed":
            self._failures.add(row, event)

    def _begun(self, event: PhaseStarted) -> PhaseRun:
        tasks, size, done = event.tasks, event.bytes, event.done
        return PhaseRun(self._session, event.stage, event.phase, event.name, tasks, size, done, self._moment())

    def _leave_flying(self) -> None:
        """Whatever is under way when its phase is over is not waited for."""
        now = self._at()
        for task, (began, backup, splits) in self._flying.items():
            self._attempts.add(task, "cancelled", None, (began, now), backup=backup, splits=splits)
        self._flying.clear()

    def _at(self) -> float:
        return self._now() - self._zero

    def _moment(self) -> float:
        return round(self._at(), 4)
