"""What a workload is: the same work for several contenders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.data import MB

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.contenders import Contender
    from benchmarks.data import Inputs

__all__ = ["SMALL_FILES", "Scale", "Workload", "megabytes"]

SMALL_FILES = 10_000


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    inputs: Inputs
    size: int
    """Bytes of a workload's input."""
    memory_size: int = 1000 * MB
    """Bytes of the input that must not fit in memory."""
    small_files: int = SMALL_FILES
    go_corral: Path | None = None
    """The directory of Go corral's built programs."""

    @property
    def full(self) -> bool:
        """Whether inputs are as large as those that :mod:`benchmarks.limits` speaks of."""
        return self.size >= 100 * MB


@dataclass(frozen=True)
class Workload:
    """Some work, and who does it. The first contender is the one to be compared with."""

    title: str
    contenders: list[Contender] = field(default_factory=list)
    near: bool = False
    """Answers hold sums of floats, which rounding may tell apart."""
    full: bool = False
    """It is as large as the promises about it say."""


def megabytes(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / MB:g} MB"
