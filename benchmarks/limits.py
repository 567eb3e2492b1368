"""What is promised, and whether a run keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from benchmarks.data import MB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.runner import Result, Row

__all__ = ["LIMITS", "Finding", "Limit", "findings"]

Quantity = Literal["ratio", "faster", "MB", "seconds"]


@dataclass(frozen=True)
class Limit:
    """One promise about one contender of one workload.

    ``ratio``: its time is at most ``bound`` times that of ``against``; ``faster``: that of ``against`` is at least
    ``bound`` times its own; ``MB``: no process of it holds more; ``seconds``: it takes no longer.
    """

    workload: str
    contender: str
    """The beginning of its name."""
    quantity: Quantity
    bound: float
    against: str = ""
    """The beginning of another contender's name; by default the first contender's."""


@dataclass(frozen=True)
class Finding:
    """A limit, and what was measured."""

    limit: Limit
    title: str
    value: float

    @property
    def kept(self) -> bool:
        """Whether the promise holds."""
        bound = self.limit.bound
        return self.value >= bound if self.limit.quantity == "faster" else self.value <= bound


LIMITS = (
    Limit("word-count", "corral, Sum", "ratio", 1.3),
    Limit("word-count", "corral, batch form and Sum", "ratio", 1.2),
    Limit("word-count", "corral, a combiner", "ratio", 1.6),
    Limit("word-count", "corral, no combiner", "ratio", 2.2),
    Limit("word-count", "corral, Sum", "faster", 2, "Dask"),
    Limit("word-count", "corral, Sum", "faster", 8, "Go"),
    Limit("word-count-mrjob", "corral, a combiner", "faster", 20, "mrjob"),
    Limit("amplab-2", "corral", "faster", 1.3, "Go"),
    Limit("amplab-3", "corral", "faster", 4, "Go"),
    Limit("small-files", "corral, the files", "ratio", 3),
    Limit("nothing", "corral, local-process", "seconds", 0.8),
    Limit("memory-sort", "corral, 1000 MB", "MB", 256),
    Limit("memory-sort", "corral, 1000 MB", "ratio", 1.2),
    Limit("memory-hot-key", "corral, 1000 MB", "MB", 256),
    Limit("memory-hot-key", "corral, 1000 MB", "ratio", 1.2),
)
"""For two cores, and inputs of 100 MB, or of 1 GB where it is about memory. Of smaller inputs, where starting and
ending have a larger share, nothing is said."""


def findings(results: Iterable[Result]) -> list[Finding]:
    """Every limit that these results are large enough to say something about."""
    by_name = {result.name: result for result in results if result.full}
    found = []
    for limit in LIMITS:
        result = by_name.get(limit.workload)
        row = result and _row(result, limit.contender)
        other = result and (_row(result, limit.against) if limit.against else result.rows[0])
        if result and row and other:
            found.append(Finding(limit, result.title, _value(limit.quantity, row, other)))
    return found


def _row(result: Result, name: str) -> Row | None:
    return next((row for row in result.rows if row.name.startswith(name)), None)


def _value(quantity: Quantity, row: Row, other: Row) -> float:
    if quantity == "seconds":
        return row.median
    if quantity == "MB":
        return row.peak_one / MB
    ratios = [one / base for one, base in zip(row.ratios, other.ratios, strict=True)]
    return median(ratios) if quantity == "ratio" else 1 / median(ratios)
