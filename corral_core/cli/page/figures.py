"""What the page's charts and tables show, computed from attempts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from corral_core.report.columns import PHASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.cli.page.timeline import Row, Timeline
    from corral_core.report.api import Report
    from corral_core.tasks import Phase

__all__ = ["Partitions", "Series", "partitions", "series", "slowest", "spread"]

BINS = 600
"""Moments of a series: more than a screen has room for is of no use until somebody zooms."""

_MOMENT = 1e-6
"""Of a bin: what is shorter has no length that one could divide by."""


@dataclass(frozen=True)
class Series:
    """What went on, by time: each list has a value for each of :data:`BINS` equal parts of the axis."""

    records: dict[Phase, list[float]]
    """Read in a second, by mappers and by reducers."""
    bytes: dict[Phase, list[float]]
    """Read in a second, as stored."""
    running: list[float]
    """Attempts under way."""
    memory: list[float]
    """The largest worker's, in bytes."""


def series(timeline: Timeline) -> Series:
    """The series of a run."""
    step = timeline.seconds / BINS or 1.0
    running, memory = [0.0] * BINS, [0.0] * BINS
    records, sizes = ({phase: [0.0] * BINS for phase in PHASES} for _ in range(2))
    for row, span in zip(timeline.rows, timeline.spans, strict=True):
        if span is None:
            continue
        began, ended = (at / step for at in span)
        spread(running, began, ended, ended - began)
        if row.outcome == "won":
            work = max(began, ended - row.seconds / step)
            spread(records[row.phase], work, ended, row.records_in / step)
            spread(sizes[row.phase], work, ended, row.bytes_in / step)
            for place in _bins(began, ended):
                memory[place] = max(memory[place], row.peak_memory)
    return Series(records, sizes, running, memory)


def spread(values: list[float], began: float, ended: float, amount: float) -> None:
    """Add an amount evenly to the bins between two places, which count in bins."""
    if ended - began < _MOMENT:
        values[min(len(values) - 1, max(0, int(began)))] += amount
        return
    share = amount / (ended - began)
    for place in _bins(began, ended):
        values[place] += share * max(0.0, min(ended, place + 1) - max(began, place))


def _bins(began: float, ended: float) -> range:
    first = min(BINS - 1, max(0, int(began)))
    return range(first, max(first + 1, min(BINS, ceil(ended))))


@dataclass(frozen=True)
class Partitions:
    """How evenly the tasks that make a stage's outputs share its data."""

    stage: int
    title: str
    unit: str
    """What ``bytes`` are: read by reducers, or written by mappers where there are none."""
    numbers: list[int]
    bytes: list[int]
    records: list[int]

    @property
    def median(self) -> float:
        """Bytes of the one in the middle."""
        return median(self.bytes)

    @property
    def largest(self) -> int:
        """Its place in the lists."""
        return max(range(len(self.bytes)), key=self.bytes.__getitem__)

    @property
    def ratio(self) -> float | None:
        """The largest to the median; None when half of them are empty."""
        return self.bytes[self.largest] / self.median if self.median else None


def partitions(report: Report, timeline: Timeline) -> list[Partitions]:
    """For each stage that got that far."""
    names = {phase.stage: phase.name for phase in report.phases}
    last: dict[int, tuple[str, list[Row]]] = {stage: (phase, rows) for (stage, phase), rows in timeline.by_phase()}
    found = []
    for stage, (phase, rows) in last.items():
        reads = phase == "reduce"
        if not reads and stage == max(last) and report.state != "finished":
            continue  # its reducers may have been to come
        found.append(
            Partitions(
                stage,
                names.get(stage, ""),
                "read by each reducer" if reads else "written by each mapper",
                [row.task for row in rows],
                [row.bytes_in if reads else row.bytes_out for row in rows],
                [row.records_in if reads else row.records_out for row in rows],
            )
        )
    return found


def slowest(rows: Iterable[Row], count: int) -> Sequence[Row]:
    """The attempts that took longest, of those that count."""
    return sorted(rows, key=lambda row: row.took, reverse=True)[:count]
