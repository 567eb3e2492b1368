"""How much memory a task really uses: the process's resident bytes, read from the kernel."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Budget", "peak", "resident"]

_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Resident bytes of this process now; where the kernel does not say (macOS), an estimate from Python's blocks."""
    try:
        return int(_STATM.read_bytes().split(b" ", 2)[1]) * _PAGE
    except FileNotFoundError:
        return sys.getallocatedblocks() * 64


def peak() -> int:
    """The largest resident size of this process so far, in bytes."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


class Budget:
    """Tells when a task has grown by more than its budget since it began.

    Freed memory may stay with the process, so a task that has just spilled can still look large. It is then given a
    quarter of the budget beyond what it holds, and does not spill over and over for nothing.
    """

    def __init__(self, limit: int, probe: Callable[[], int] = resident) -> None:
        self._limit, self._probe = limit, probe
        self._base = probe()
        self._threshold = self._base + limit

    def exceeded(self) -> bool:
        """Whether the task should give memory back now."""
        return self._probe() > self._threshold

    def released(self) -> None:
        """The task has given back what it could."""
        self._threshold = max(self._base + self._limit, self._probe() + self._limit // 4)
