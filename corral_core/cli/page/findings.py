"""What stands out in a run, each in a sentence: what somebody who knows corral would say after a look at the charts."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from corral_core.cli.units import bytes_text, count_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.cli.page.figures import Partitions
    from corral_core.cli.page.timeline import Row, Timeline
    from corral_core.report.api import Report

__all__ = ["findings", "skew_text"]

UNEVEN = 2.0
"""Times the median that make a partition, or a task, worth a word."""
_LONG = 1.0
"""Seconds below which nothing is slow."""
_IDLE = 0.6
_WAITING = 0.3
_MANY, _SHORT = 100, 0.05
"""Tasks of so few seconds each are cut too small."""


def findings(report: Report, timeline: Timeline, parts: Sequence[Partitions]) -> list[str]:
    """Sentences, the weightiest first; none when nothing does."""
    found = [*_lost(timeline), *(skew_text(part) for part in parts if _is_uneven(part))]
    for (_, phase), rows in timeline.by_phase():
        found += [*_stragglers(rows), *_idle(report, timeline, rows), *_small(phase, rows)]
    return [*found, *_waiting(timeline), *_spills(timeline.won)]


def skew_text(part: Partitions) -> str:
    """How a stage's largest partition compares."""
    number, size = part.numbers[part.largest], part.bytes[part.largest]
    what = "partition" if part.unit.startswith("read") else "output"
    if len(part.bytes) == 1:
        return f"Stage {part.stage} has one {what}, of {bytes_text(size)}."
    if part.ratio is None:
        return f"Stage {part.stage}: {what} {number} is the largest with {bytes_text(size)}; most have nothing."
    if part.ratio < UNEVEN:
        return (
            f"Stage {part.stage} is even: its largest {what}, {number}, has {bytes_text(size)}, "
            f"{part.ratio:.2f} times the median of {bytes_text(part.median)}."
        )
    return (
        f"Stage {part.stage} is uneven: {what} {number} has {bytes_text(size)}, {part.ratio:.1f} times the median of "
        f"{bytes_text(part.median)}."
    )


def _is_uneven(part: Partitions) -> bool:
    return len(part.bytes) > 1 and (part.ratio is None or part.ratio >= UNEVEN)


def _lost(timeline: Timeline) -> Iterator[str]:
    lost = [row for row in timeline.rows if row.outcome != "won"]
    if lost:
        spent = sum(row.took for row in lost)
        share = spent / sum(row.took for row in timeline.rows) if spent else 0
        failed = sum(row.outcome == "failed" for row in lost)
        yield (
            f"{count_text(len(lost), 'attempt')} did not count, {failed:,} of them failed: {seconds_text(spent)} of "
            f"work, {100 * share:.3g}% of all."
        )


def _stragglers(rows: Sequence[Row]) -> Iterator[str]:
    middle, longest = median(row.took for row in rows), max(rows, key=lambda row: row.took)
    if longest.took > _LONG and longest.took >= 2 * UNEVEN * middle:
        yield (
            f"{longest.name.capitalize()} took {seconds_text(longest.took)}, {longest.took / middle:.1f} times the "
            f"median of its phase."
        )


def _idle(report: Report, timeline: Timeline, rows: Sequence[Row]) -> Iterator[str]:
    """Of the slots that a phase had tasks for, how many were at work while it ran."""
    stage, phase = rows[0].stage, rows[0].phase
    began = min((row.began for row in rows if row.began is not None), default=0.0)
    ended = max((row.ended for row in rows if row.ended is not None), default=0.0)
    slots = min(report.sessions[-1].slots or len(rows), len(rows))
    if len(timeline.offsets) > 1 or ended - began < 2 * _LONG or slots < 2:  # noqa: PLR2004  (one is never idle)
        return
    busy = sum(row.took for row in timeline.rows if (row.stage, row.phase) == (stage, phase))
    share = busy / (slots * (ended - began))
    if share < _IDLE:
        yield f"Stage {stage}'s {phase} tasks kept {share:.0%} of {slots:,} slots at work on average."


def _small(phase: str, rows: Sequence[Row]) -> Iterator[str]:
    middle = median(row.seconds for row in rows)
    if phase == "map" and len(rows) >= _MANY and middle < _SHORT:
        yield (
            f"Stage {rows[0].stage} has {len(rows):,} map tasks of {1000 * middle:.0f} ms: fewer and larger ones, by "
            "splitSize and mapBinSize, would spend less on starting."
        )


def _waiting(timeline: Timeline) -> Iterator[str]:
    timed = [row for row in timeline.rows if row.outcome == "won" and row.began is not None]
    took, worked = sum(row.took for row in timed), sum(row.seconds for row in timed)
    if took - worked > 2 * _LONG and took - worked > _WAITING * took:
        yield (
            f"Of the time between submission and answer, {1 - worked / took:.0%} was not work: starting workers, "
            "queueing, sending."
        )


def _spills(won: Sequence[Row]) -> Iterator[str]:
    spilled = [row for row in won if row.spills]
    if spilled:
        yield f"{count_text(len(spilled), 'task')} spilled to local disk: more taskMemory would keep them in memory."
