"""This corral beside another one, such as the version before a change: ``python -m benchmarks --beside PROGRAM``.

The healthy word count in every form, both corrals in turn within each round, since machines drift by more than what is
looked for.
"""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.contenders import CORES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_table", "ratios"]

JOBS = Path(__file__).parent / "jobs" / "word_count.py"
FORMS = ("folded", "combined", "plain")


def ratios(other: str, text: Path, rounds: int, work: Path, tell: Callable[[str], None]) -> dict[str, list[float]]:
    """Of each form, this corral's time over the other's in the same round.

    :param other: its ``corral`` program.
    :param work: a directory for answers.
    :raises CommandError: when a run fails.
    """
    ours = str(Path(sysconfig.get_path("scripts")) / "corral")
    found: dict[str, list[float]] = {form: [] for form in FORMS}
    for number in range(rounds):
        for form in FORMS:
            tell(f"beside, round {number + 1} of {rounds}: {form}")
            order = [ours, other] if number % 2 else [other, ours]  # going second may be an advantage
            seconds = {program: _seconds(program, form, text, work) for program in order}
            found[form].append(seconds[ours] / seconds[other])
    return found


def as_table(found: dict[str, list[float]]) -> str:
    """In Markdown."""
    lines = ["| word count | times as long |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {form} | {median(values):.3f} |" for form, values in found.items())])


def _seconds(program: str, form: str, text: Path, work: Path) -> float:
    answer = work / "answer"
    shutil.rmtree(answer, ignore_errors=True)
    flags = ["--quiet", "--executor=local-process", f"--local-workers={CORES}", f"--job={form}"]
    return measure.run([program, str(JOBS), str(text), "--out", str(answer), *flags]).seconds
