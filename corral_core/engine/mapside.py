"""The map side of the shuffle: emitted pairs become one sorted sequence of blocks for each partition.

::

    emit ──> Groups (in memory) ──── fits ────────────────────> sorted partitions ──> segments
                  │                                                      ▲
                  └── memory budget exceeded ──> Runs (local disk) ── merge ──┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.engine.merge import cursors, merge
from corral_core.engine.partition import sorted_partitions
from corral_core.engine.taskio import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from corral_core.engine.groups import Groups
    from corral_core.engine.memory import Budget
    from corral_core.engine.runs import Runs, SegmentBytes
    from corral_core.engine.segment import Block

__all__ = ["MapShuffle"]

RUNS_AT_ONCE = 64
"""Runs that are merged at a time; when there are more, they become one first."""


class MapShuffle:
    """Groups, spills and merges the pairs of one map task.

    :param groups: makes the groups; is given the function that they call when they may have grown too large.
    """

    def __init__(
        self,
        groups: Callable[[Callable[[], None]], Groups],
        partitions: int,
        partitioner: Callable[[Any, int], int] | None,
        budget: Budget,
        runs: Runs,
        *,
        any_type: bool = False,
        sort_values: bool = False,
    ) -> None:
        self._groups = groups(self.check)
        self.sink = Sink(self._groups.emit, self._groups.absorb)
        self._partitions, self._partitioner = partitions, partitioner
        self._budget, self._runs = budget, runs
        self._any_type, self._sort = any_type, sort_values
        self.spills = 0

    def check(self) -> None:
        """Spill if the memory budget is exceeded. Called between batches of records, and as keys pile up."""
        if not self._budget.exceeded() or not self._groups.held:
            return
        if not self._groups.shrink():
            self.spill()
        self._budget.released()

    def spill(self) -> None:
        """Write what is held as a sorted run, and hold nothing."""
        self._runs.runs.append(self._runs.write(self._held()))
        self._groups.held.clear()
        self.spills += 1
        if len(self._runs.runs) == RUNS_AT_ONCE:
            self._runs.replace(self._runs.write(self._merged(self._runs.column(p)) for p in range(self._partitions)))

    def finish(self) -> Iterator[Iterable[Block]]:
        """The blocks of each partition, in order; to be used up one after another."""
        if not self._runs.runs:
            yield from self._held()
            return
        if self._groups.held:
            self.spill()
        for partition in range(self._partitions):
            yield self._merged(self._runs.column(partition))

    def _held(self) -> Iterator[Iterable[Block]]:
        for part in sorted_partitions(list(self._groups.held), self._partitions, self._partitioner):
            yield self._groups.blocks(part)

    def _merged(self, segments: Iterable[SegmentBytes]) -> Iterator[Block]:
        live = cursors(segment.blocks(any_type=self._any_type) for segment in segments)
        for part in merge(live, sort_values=self._sort):
            yield from self._groups.merged(part)
