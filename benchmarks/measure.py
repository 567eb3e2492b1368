"""Runs a command and measures it: wall seconds, and memory of all its processes, as Linux keeps it in ``/proc``."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["CommandError", "Measured", "run"]

PERIOD = 0.05
"""Seconds between two looks: each costs well under a millisecond, so looking does not slow down what is looked at."""
TOLD = 2000
"""Characters of a failed command's last words that are told."""


class CommandError(Exception):
    """A command that failed; the message ends with what it said."""


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    seconds: float
    """From before its start to after its end."""
    peak_one: int
    """Bytes: the most that any one of its processes was ever resident with. The kernel keeps this mark for each
    process, so a peak between two looks counts; one in a process's last moments may not. 0 without ``/proc``."""
    peak_all: int
    """Bytes: the most that its processes were resident with together at one look; pages that they share count in
    each."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end.

    :raises CommandError: when it fails.
    """
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, **(environment or {})}
        )
        one, together = _watch(process)
        seconds = time.perf_counter() - began
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-TOLD:]
            raise CommandError(f"{' '.join(command)} ended with {process.returncode}:\n{words}")
    return Measured(seconds, one, together)


def _watch(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    one = together = 0
    while True:
        sizes = list(_sizes(process.pid))
        one = max([one, *(peak for peak, _ in sizes)])
        together = max(together, sum(now for _, now in sizes))
        try:
            process.wait(PERIOD)
        except subprocess.TimeoutExpired:
            continue
        return one, together


def _sizes(pid: int) -> Iterator[tuple[int, int]]:
    """Peak and present resident bytes of a process and of all that it started."""
    folder = Path("/proc", str(pid))
    with suppress(OSError):  # it has ended, or this is no Linux
        status = (folder / "status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        if "VmHWM" in fields:  # a process that has ended and was not waited for has none
            yield _kib(fields["VmHWM"]), _kib(fields["VmRSS"])
        for children in (folder / "task").glob("*/children"):
            for child in children.read_text().split():
                yield from _sizes(int(child))


def _kib(field: str) -> int:
    return int(field.split(maxsplit=1)[0]) * 1024
