"""The page's tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from corral_core.cli.page.figures import slowest
from corral_core.cli.units import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.cli.page.timeline import Row, Timeline
    from corral_core.report.api import Failure, PhaseRun, Report, SettingValue

__all__ = ["FailureGroup", "PhaseLine", "SlowTask", "Tables"]

_NUMBER = re.compile(r"\d+")
_SLOWEST = 15
_OUTPUTS = 500


class PhaseLine(NamedTuple):
    """A phase, as far as it went."""

    phase: PhaseRun
    seconds: float | None
    rows: Sequence[Row]
    """Its attempts that count, of all sessions."""
    failed: int
    median: float
    slowest: float


class SlowTask(NamedTuple):
    """An attempt that counts and took long."""

    row: Row
    ratio: float
    """To the median of its phase."""
    reads: str


@dataclass
class FailureGroup:
    """Failures with one error and one message, but for the numbers in it, such as a process's."""

    first: Failure
    attempts: list[tuple[Failure, Row]]


class Tables:
    """What the template lists."""

    def __init__(self, report: Report, timeline: Timeline) -> None:
        self._report, self._timeline = report, timeline
        self._won = dict(timeline.by_phase())
        won = timeline.won
        first = [row for row in won if (row.stage, row.phase) == (0, "map")]
        self.records_in = sum(row.records_in for row in first)
        self.records_out = sum(output.records for output in report.outputs)
        self.bytes_out = sum(output.size for output in report.outputs)
        self.tasks = len(won)
        self.attempts = len(timeline.rows)
        self.lost = sum(row.outcome != "won" for row in timeline.rows)
        self.work = sum(row.seconds for row in timeline.rows)
        self.peak_memory = max((row.peak_memory for row in timeline.rows), default=0)
        self.seconds = sum(session.seconds or 0.0 for session in report.sessions)
        self.dollars = sum(item.dollars for item in report.cost)

    def phases(self) -> list[PhaseLine]:
        """The phases, each session's."""
        return [self._phase(phase) for phase in self._report.phases]

    def slow(self) -> list[SlowTask]:
        """The slowest tasks of the run."""
        middle = {place: median(row.took for row in rows) for place, rows in self._won.items()}
        rows = slowest((row for rows in self._won.values() for row in rows), _SLOWEST)
        return [
            SlowTask(row, row.took / (middle[row.stage, row.phase] or row.took or 1.0), self._reads(row))
            for row in rows
        ]

    def failures(self) -> list[FailureGroup]:
        """What failed, the most frequent first."""
        groups: dict[tuple[str, str], FailureGroup] = {}
        for failure in self._report.failures:
            alike = _NUMBER.sub("#", failure.message)
            group = groups.setdefault((failure.error, alike), FailureGroup(failure, []))
            group.attempts.append((failure, self._timeline.rows[failure.row]))
        return sorted(groups.values(), key=lambda group: -len(group.attempts))

    def outputs(self) -> Sequence[tuple[str, int, int]]:
        """The first outputs: name, bytes, records."""
        return [(each.name, each.size, each.records) for each in self._report.outputs[:_OUTPUTS]]

    def settings(self, *, default: bool) -> list[SettingValue]:
        """Settings that somebody set, or the others."""
        return [setting for setting in self._report.settings if setting.default == default]

    def _phase(self, phase: PhaseRun) -> PhaseLine:
        counted = self._won.get((phase.stage, phase.phase), [])
        rows = [row for row in counted if row.session == phase.session]
        place = (phase.session, phase.stage, phase.phase)
        failed = sum(
            row.outcome == "failed" for row in self._timeline.rows if (row.session, row.stage, row.phase) == place
        )
        took = sorted(row.took for row in rows) or [0.0]
        seconds = None if phase.ended is None else phase.ended - phase.began
        return PhaseLine(phase, seconds, rows, failed, median(took), took[-1])

    def _reads(self, row: Row) -> str:
        if row.phase == "reduce":
            return f"partition {row.task}"
        if row.file < 0:
            return ""
        first, last = self._report.files[row.file], self._report.files[row.last_file]
        if row.file == row.last_file:
            return f"{first}, bytes {row.start:,} to {row.end:,}"
        more = count_text(row.splits - 2, "split")
        between = f" and {more} more" if row.splits > 2 else ""  # noqa: PLR2004  (the first and the last are told)
        return f"{first} from byte {row.start:,}{between}, up to {last}, byte {row.end:,}"
