"""Keeps a run's journal while its phases run. A journal that can't be written costs a resumed run time, not this one
its answer, so it is tried again later and does not end the run; only what a resumed run can't do without does."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from corral_core.engine.dispatch import Watcher
from corral_core.engine.journal import Claimed, Cut, Renewed
from corral_core.engine.patience import patient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.badlimit import BadRecordLimit
    from corral_core.engine.clock import Clock
    from corral_core.engine.commit import Location
    from corral_core.engine.journal import Journal
    from corral_core.engine.phase import Pieces
    from corral_core.tasks import Done

__all__ = ["Ledger"]


class Ledger(Watcher):
    """Writes down what a run may need again, and keeps count of bad records.

    :param owns_outputs: an earlier driver of the run has made the outputs the run's.
    """

    def __init__(
        self,
        journal: Journal,
        location: Location,
        clock: Clock,
        bad_records: BadRecordLimit,
        *,
        owns_outputs: bool = False,
    ) -> None:
        self._journal, self._location, self._clock = journal, location, clock
        self._bad_records = bad_records
        self._stage = 0
        self.owns_outputs = owns_outputs
        """The outputs in the location are this run's."""

    def enter(self, stage: int) -> None:
        """A stage begins."""
        self._stage = stage

    def recall(self, done: Done) -> None:
        """An earlier driver got this answer.

        :raises RunError: when with it there are too many bad records.
        """
        if error := self._bad_records.add(done):
            raise error

    def won(self, done: Done) -> None:
        self._journal.add(done)
        self.recall(done)

    def phase_ended(self, winners: Sequence[Done]) -> None:
        """A phase is over: what its journal holds is written now.

        :param winners: its answers, in order.
        :raises RunError: when too large a share of its records was bad.
        """
        self.flush()
        if error := self._bad_records.phase_ended(winners):
            raise error

    def cut(self, number: int, pieces: Pieces) -> None:
        self._journal.add(Cut(self._stage, number, pieces.numbers, pieces.splits))

    def taken(self, output: str) -> None:
        self._location.free(output)

    def renewed(self) -> None:
        """The stage makes again what the next one reads."""
        self._journal.add(Renewed(self._stage))

    def claimed(self) -> None:
        """The outputs are this run's: written at once, since a resumed run would take them for another's.

        :raises OSError: when that can't be written.
        """
        self.owns_outputs = True
        self._journal.add(Claimed())
        patient(self._journal.flush, self._clock.now())

    def due(self) -> float | None:
        return self._journal.due()

    def tend(self, now: float) -> None:
        due = self._journal.due()
        if due is not None and now >= due:
            with suppress(OSError):
                self._journal.flush(now)

    def flush(self) -> None:
        """Write what is held, now."""
        with suppress(OSError):
            self._journal.flush(self._clock.now())
