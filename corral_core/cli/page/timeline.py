"""The attempts of a report on one axis of time, each in a slot."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from corral_core.report.api import Attempts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.report.api import Outcome, Report
    from corral_core.tasks import Phase

__all__ = ["Row", "Timeline", "pack"]

_GAP = 0.03
"""Of the run's time, between two sessions on the axis: what really lies between them may be days."""


class Row(NamedTuple):
    """One attempt, with the fields of :class:`~corral_core.report.api.Attempts` in their order."""

    session: int
    stage: int
    phase: Phase
    task: int
    attempt: int
    backup: bool
    outcome: Outcome
    began: float | None
    ended: float | None
    seconds: float
    records_in: int
    bytes_in: int
    records_out: int
    bytes_out: int
    spills: int
    peak_memory: int
    requests: int
    bad_records: int
    file: int
    start: int
    last_file: int
    end: int
    splits: int

    @property
    def name(self) -> str:
        """The task, as messages name it."""
        return f"stage {self.stage} {self.phase} {self.task}"

    @property
    def label(self) -> str:
        """The attempt, as messages name it."""
        return f"{self.session}.{self.attempt}" if self.session else str(self.attempt)

    @property
    def took(self) -> float:
        """Seconds from submission to answer; on the worker's clock where that is unknown."""
        return self.seconds if self.began is None or self.ended is None else self.ended - self.began


class Timeline:
    """All attempts of a report, in its order."""

    def __init__(self, report: Report) -> None:
        columns = (getattr(report.attempts, name) for name in Attempts.__struct_fields__)
        self.rows = [Row(*values) for values in zip(*columns, strict=True)]
        known = [session for session in report.sessions if session.seconds is not None]
        gap = _GAP * sum(session.seconds or 0.0 for session in known)
        self.offsets: dict[int, float] = {}
        """Where each session begins on the axis."""
        self.seconds = 0.0
        """The length of the axis."""
        for session in known:
            self.offsets[session.number] = self.seconds + (gap if self.offsets else 0.0)
            self.seconds = self.offsets[session.number] + (session.seconds or 0.0)
        self.spans = [self._span(row) for row in self.rows]
        """Where each attempt begins and ends on the axis; None where that is unknown."""
        placed = [number for number, span in enumerate(self.spans) if span is not None]
        slots = pack([span for span in self.spans if span is not None])
        self.slots = dict(zip(placed, slots, strict=True))
        """The slot of each attempt that is on the axis, by row."""

    @property
    def won(self) -> list[Row]:
        """Those that count. Of two for one task, when its work was lost, the later one."""
        latest = {(row.stage, row.phase, row.task): row for row in self.rows if row.outcome == "won"}
        return list(latest.values())

    def by_phase(self) -> list[tuple[tuple[int, str], list[Row]]]:
        """Those that count, by stage and phase, in the order in which these run."""
        ordered = sorted(self.won, key=_place)
        return [(place, sorted(rows, key=lambda row: row.task)) for place, rows in groupby(ordered, key=_place)]

    def _span(self, row: Row) -> tuple[float, float] | None:
        offset = self.offsets.get(row.session)
        if offset is None or row.began is None or row.ended is None:
            return None
        return offset + row.began, offset + row.ended


def pack(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Slots from 0 for spans of time, as few as there are; two in one slot don't overlap."""
    slots = [0] * len(spans)
    free: list[int] = []
    taken: list[tuple[float, int]] = []
    for number in sorted(range(len(spans)), key=spans.__getitem__):
        began, ended = spans[number]
        while taken and taken[0][0] <= began:
            heappush(free, heappop(taken)[1])
        slots[number] = heappop(free) if free else len(taken)
        heappush(taken, (ended, slots[number]))
    return slots


def _place(row: Row) -> tuple[int, str]:
    return row.stage, row.phase  # "map" sorts before "reduce"
