"""What one slow worker costs: ``python -m benchmarks --stragglers``.

A hundred tasks on six workers, once as they are, once with one of them twenty times slower, and once so without backup
attempts. Tasks wait instead of computing, so that six workers are six on any machine.
"""

from __future__ import annotations

import sysconfig
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import measure

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_table", "ratios"]

TASKS = 100
WORKERS = 6
LINE = "a line\n"
JOB = Path(__file__).parent / "jobs" / "straggling.py"
WAYS: dict[str, tuple[bool, list[str]]] = {
    "six alike": (False, []),
    "one 20 times slower": (True, []),
    "so, without backups": (True, ["--backup-factor=0"]),
}
"""Whether there is a slow one, and flags."""


def ratios(rounds: int, tell: Callable[[str], None]) -> dict[str, list[float]]:
    """Of each way, its time over that of the first in the same round.

    :raises CommandError: when a run fails.
    """
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(rounds):
        first = 0.0
        for name, (slow, flags) in WAYS.items():
            tell(f"stragglers, round {number + 1} of {rounds}: {name}")
            seconds = _seconds(flags, slow=slow)
            first = first or seconds
            found[name].append(seconds / first)
    return found


def as_table(found: dict[str, list[float]]) -> str:
    """In Markdown."""
    lines = ["| 100 tasks on six workers | times as long |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {median(values):.2f} |" for name, values in found.items())])


def _seconds(flags: list[str], *, slow: bool) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.txt").write_text(LINE * TASKS, encoding="ascii")
        program = str(Path(sysconfig.get_path("scripts")) / "corral")
        sizes = [f"--split-size={len(LINE)}", f"--map-bin-size={len(LINE)}", f"--local-workers={WORKERS}"]
        command = [program, str(JOB), str(folder / "in.txt"), "--out", str(folder / "out"), "--quiet", *sizes, *flags]
        environment = {"STRAGGLING_LOCK": str(folder / "lock") if slow else ""}
        return measure.run([*command, "--executor=local-process"], environment).seconds
