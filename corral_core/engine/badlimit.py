"""How many bad records a run may have: sums over the tasks that won, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.engine.deadletters import too_many
from corral_core.errors import RunError
from corral_core.settings.limits import show_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.tasks import Done

__all__ = ["BadRecordLimit"]

_LAST: tuple[tuple[float, int], str] = ((float("inf"), 0), "")
"""Stands behind every bad record there may be."""


class BadRecordLimit:
    """Is told of each task that won, and says when there are too many bad records.

    A number holds for the whole run and is looked at as tasks end. A share holds for each map phase, of all the records
    that it read, and is looked at when the phase has ended: so the order in which tasks end does not matter.

    :param limit: an int is a number, a float a share of 0 to 1.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._bad: dict[tuple[int, int], int] = {}
        self._first = _LAST

    def add(self, done: Done) -> RunError | None:
        """Count a winner's bad records, for each task once; answers the error when a number is exceeded."""
        if done.dead_letters is None:
            return None
        task = done.id.stage, done.id.index
        self._bad[task] = done.stats.bad_records
        self._first = min(self._first, (task, done.dead_letters.first))
        bad = sum(self._bad.values())
        if isinstance(self._limit, int) and bad > self._limit:
            return self._error(self._first[1], f"{bad:,} so far")
        return None

    def phase_ended(self, winners: Sequence[Done]) -> RunError | None:
        """Look at a map phase as a whole, its tasks in order; answers the error when a share is exceeded."""
        if isinstance(self._limit, int):
            return None
        from fractions import Fraction

        stats = [done.stats for done in winners]
        bad = sum(s.bad_records for s in stats)
        read = bad + sum(s.records_in for s in stats)
        # The share as it was written: as a float, 0.29 of 100 would be less than 29.
        if bad <= Fraction(repr(self._limit)) * read:
            return None
        first = next(done.dead_letters.first for done in winners if done.dead_letters is not None)
        return self._error(first, f"{bad:,} of {read:,} in stage {winners[0].id.stage}")

    def _error(self, first: str, counted: str) -> RunError:
        return RunError(too_many(show_limit(self._limit), first, counted))
