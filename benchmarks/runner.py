"""Runs a workload: every round runs each contender once, in turn, so that a machine whose speed drifts is slow or fast
for all of them. Ratios are taken within a round, and the median of the rounds is what counts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.answers import exactly, nearly
from benchmarks.contenders import missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.contenders import Contender
    from benchmarks.measure import Measured
    from benchmarks.workloads.api import Workload

__all__ = ["Result", "Row", "run"]


@dataclass(frozen=True)
class Row:
    """What one contender needed."""

    name: str
    seconds: list[float]
    """Of each round."""
    ratios: list[float]
    """To the first contender, in the same round: of seconds per unit of work."""
    peak_one: int
    """Bytes, the most of all rounds; see :class:`~benchmarks.measure.Measured`."""
    peak_all: int

    @property
    def median(self) -> float:
        """Seconds."""
        return median(self.seconds)

    @property
    def ratio(self) -> float:
        """Above 1: slower than the first contender."""
        return median(self.ratios)


@dataclass(frozen=True)
class Result:
    """A workload that has run."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Contenders that did not run, and why."""
    wrong: list[str] = field(default_factory=list)
    """Contenders whose answer is not the first one's."""
    full: bool = False
    """The input was as large as the promises say."""


def run(name: str, workload: Workload, rounds: int, work: Path, tell: Callable[[str], None]) -> Result:
    """Run a workload so many rounds.

    :param work: a directory for answers, which are removed.
    :param tell: told of each contender before it runs.
    :raises CommandError: when a contender fails.
    """
    left_out = {contender.name: why for contender in workload.contenders if (why := missing(contender))}
    present = [contender for contender in workload.contenders if contender.name not in left_out]
    paths = {contender.name: work / name / str(number) for number, contender in enumerate(present)}
    runs: dict[str, list[Measured]] = {contender.name: [] for contender in present}
    for number in range(rounds):
        for contender in present:
            tell(f"{name}, round {number + 1} of {rounds}: {contender.name}")
            runs[contender.name].append(_once(contender, paths[contender.name]))
    wrong = _wrong(workload, present, paths)
    shutil.rmtree(work / name, ignore_errors=True)
    return Result(name, workload.title, _rows(present, runs), left_out, wrong, workload.full)


def _once(contender: Contender, answer: Path) -> Measured:
    shutil.rmtree(answer, ignore_errors=True)
    answer.unlink(missing_ok=True)
    answer.parent.mkdir(parents=True, exist_ok=True)
    return measure.run(contender.command(answer))


def _wrong(workload: Workload, present: list[Contender], paths: dict[str, Path]) -> list[str]:
    same = nearly if workload.near else exactly
    return [
        contender.name
        for contender in present
        if not same(contender.expected or paths[present[0].name], paths[contender.name])
    ]


def _rows(present: list[Contender], runs: dict[str, list[Measured]]) -> list[Row]:
    """Rows in the contenders' order."""
    paces = {
        contender.name: [measured.seconds / contender.units for measured in runs[contender.name]]
        for contender in present
    }
    return [
        Row(
            name,
            [measured.seconds for measured in measurements],
            [pace / base for pace, base in zip(paces[name], paces[present[0].name], strict=True)],
            max(measured.peak_one for measured in measurements),
            max(measured.peak_all for measured in measurements),
        )
        for name, measurements in runs.items()
    ]
