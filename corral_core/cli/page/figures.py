"""What the page's charts and tables show, computed from attempts."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from corral_core.cli.page.curves import BINS, Peaks, Sums
from corral_core.report.columns import PHASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.cli.page.timeline import Row, Timeline
    from corral_core.report.api import Report
    from corral_core.tasks import Phase

__all__ = ["Partitions", "Series", "partitions", "series", "slowest"]


@dataclass(frozen=True)
class Series:
    """What went on, by time: each list has a value for each of so many equal parts of the axis."""

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
    running, memory = Sums(), Peaks()
    records, sizes = ({phase: Sums() for phase in PHASES} for _ in range(2))
    for row, span in zip(timeline.rows, timeline.spans, strict=True):
        if span is None:
            continue
        began, ended = (at / step for at in span)
        running.add(began, ended, ended - began)
        if row.outcome == "won":
            work = max(began, ended - row.seconds / step)
            records[row.phase].add(work, ended, row.records_in / step)
            sizes[row.phase].add(work, ended, row.bytes_in / step)
            memory.add(began, ended, row.peak_memory)
    read, stored = ({phase: sums[phase].values() for phase in PHASES} for sums in (records, sizes))
    return Series(read, stored, running.values(), memory.values())


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
