"""One stage of a run: map phase, reduce phase, and what of them has to be done again.

::

    files ──Blueprint──> MapPhase ──> segments ──> ReducePhase ──> output-X
                            ▲            │             ▲              │
                            └─ damaged ◄─┘             └─ not whole ◄─┘
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_core.engine.blueprint import Blueprint
from corral_core.engine.patience import patient
from corral_core.engine.totals import phase_stats
from corral_core.errors import RunError, TaskFailedError
from corral_core.events import PhaseFinished, PhaseStarted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from corral_core.engine.dispatch import Dispatch
    from corral_core.engine.ledger import Ledger
    from corral_core.engine.phase import MapPhase, Phase
    from corral_core.engine.setup import Setup
    from corral_core.engine.totals import Totals
    from corral_core.job import Job
    from corral_core.storage.api import FileInfo
    from corral_core.tasks import Done, JobRef, Output

__all__ = ["Stage", "Work"]


@dataclass(frozen=True)
class Work:
    """What all stages of a run share."""

    setup: Setup
    ref: JobRef
    dispatch: Dispatch
    ledger: Ledger
    totals: Totals


class Stage:
    """One job over its files.

    :param last: its outputs are the run's.
    """

    def __init__(self, work: Work, number: int, job: Job, files: Sequence[FileInfo], *, last: bool) -> None:
        self._work, self._number, self._job, self._last = work, number, job, last
        self._blueprint = Blueprint(work.setup, work.ref, number, job, files, last=last)
        self._rounds = range(work.setup.settings.core.max_attempts)

    def run(self) -> list[Output]:
        """The outputs, in order.

        :raises RunError: when a task can't be done.
        """
        self._work.ledger.enter(self._number)
        past, number = self._work.setup.past, self._number
        mapping, mapped = self._blueprint.map_phase(past.cuts(number)), past.done(number, "map")
        if self._blueprint.plan.reducers:
            reduced = self._reduced(mapping, mapped, past.done(number, "reduce"))
            self._work.totals.add(mapping.in_order(mapped))
            self._work.totals.add(reduced)
            return _outputs(reduced)
        joined = self._mapped(mapping, mapped)
        self._work.totals.add(mapping.in_order(mapped))
        return _outputs(joined)

    def _mapped(self, mapping: MapPhase, done: dict[int, Done]) -> list[Done]:
        """The map phase of a stage without a reducer; the answers that have its outputs."""
        if self._last:
            self._claim(done)
        for again in self._rounds:
            mapping.rounds = 2 * again
            self._phase(mapping, done)
            if self._last and mapping.cuts:
                joining = self._blueprint.join_phase(mapping, done)
                joining.rounds = 2 * again + 1  # it has the numbers of map tasks, and attempts of its own
                self._phase(joining, done)
            if self._standing(done):
                return [done[number] for number in range(mapping.count)] if self._last else mapping.in_order(done)
        raise self._unstable()

    def _reduced(self, mapping: MapPhase, mapped: dict[int, Done], done: dict[int, Done]) -> list[Done]:
        """Both phases; the answers of the second."""
        self._phase(mapping, mapped)
        if self._last:
            self._claim(done)
        for again in self._rounds:
            reducing = self._blueprint.reduce_phase(mapping.in_order(mapped))
            reducing.rounds = again
            try:
                self._phase(reducing, done)
            except TaskFailedError as error:
                if again == self._rounds[-1] or not self._forget_mappers(mapped, error):
                    raise
                mapping.rounds += 1
                self._phase(mapping, mapped)
                continue
            if self._standing(done):
                return reducing.in_order(done)
        raise self._unstable()

    def _phase(self, phase: Phase, done: dict[int, Done]) -> None:
        size = sum(weight for number, weight in enumerate(phase.weights()) if number not in done)
        numbers = phase.numbers()
        before = sum(number in done for number in numbers)
        kind, tell = phase.pattern.id.phase, self._work.dispatch.tell
        tell(PhaseStarted(self._number, self._job.name, kind, len(numbers), size, before))
        for answer in done.values():
            self._work.ledger.recall(answer)
        self._work.dispatch.run(phase, done)
        winners = phase.in_order(done)
        self._work.ledger.phase_ended(winners)
        tell(PhaseFinished(self._number, kind, phase_stats(winners)))

    def _claim(self, done: dict[int, Done]) -> None:
        """Make the outputs in the location the run's own; those that it has written already stay."""
        location, again = self._work.setup.location, self._work.setup.past.claimed
        if not again:
            location.claim(self._work.setup.folder.run, overwrite=self._work.setup.settings.core.overwrite)
            self._work.ledger.claimed()
        if done:
            self._standing(done)
        if again:
            location.remove_outputs(keep={output.path for output in _outputs(done.values())})

    def _standing(self, done: dict[int, Done]) -> bool:
        """Whether all outputs are there as their tasks wrote them; the tasks of those that are not are to be done."""
        location = self._work.setup.location
        outputs = {number: answer.output for number, answer in done.items() if answer.output is not None}
        if self._last:
            lost = location.lost(outputs)
        else:
            broken = self._broken({output.path: output.size for output in outputs.values()})
            lost = [number for number, output in outputs.items() if output.path in broken]
            if lost:
                self._work.setup.past.forget_after(self._number)
                self._work.ledger.renewed()
        for number in lost:
            if self._last:
                location.free(location.output(number))
            del done[number]
        return not lost

    def _forget_mappers(self, mapped: dict[int, Done], error: TaskFailedError) -> bool:
        """Whether the error is a segment that can't be read; if so, the map task that wrote it is to be done again, and
        every other whose segments are not there as it wrote them: what takes one file often takes its neighbours."""
        told = error.report.segment if error.report else None
        segments = {number: [ref for ref in done.segments if ref is not None] for number, done in mapped.items()}
        if told is None or all(ref.path != told for refs in segments.values() for ref in refs):
            return False
        sizes: dict[str, int] = {}
        for ref in (ref for refs in segments.values() for ref in refs):
            sizes[ref.path] = max(sizes.get(ref.path, 0), ref.offset + ref.length)
        broken = self._broken(sizes) | {told}
        for number, refs in segments.items():
            if any(ref.path in broken for ref in refs):
                del mapped[number]
        return True

    def _broken(self, sizes: Mapping[str, int]) -> set[str]:
        """Which of these files in the stage's folder are gone, or of another size."""
        setup = self._work.setup
        if not sizes:
            return set()
        found = patient(setup.location.storage.list, glob.escape(setup.folder.stage(self._number)))
        there = {file.path: file.size for file in found}
        return {path for path, size in sizes.items() if there.get(path) != size}

    def _unstable(self) -> RunError:
        setup = self._work.setup
        where = setup.location.path if self._last else setup.folder.stage(self._number)
        return RunError(
            f"outputs in {where} are not what their tasks wrote, time and again: another program works there too, or "
            "its storage loses data"
        )


def _outputs(done: Iterable[Done]) -> list[Output]:
    return [answer.output for answer in done if answer.output is not None]
