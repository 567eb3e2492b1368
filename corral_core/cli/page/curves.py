"""Curves over time that spans are added to: a span costs the same whether it is one bin long or six hundred.

There may be a hundred thousand attempts, each as long as a third of the run. So a span only marks its two ends, and
what lies between them is filled in once, for all spans together.
"""

from __future__ import annotations

from itertools import accumulate

__all__ = ["BINS", "Peaks", "Sums"]

BINS = 600
"""Moments of a curve: more than a screen has room for is of no use until somebody zooms."""

_MOMENT = 1e-6
"""Of a bin: what is shorter has no length that one could divide by."""


class Sums:
    """Amounts spread evenly over spans; places count in bins."""

    def __init__(self) -> None:
        self._ends = [0.0] * BINS
        self._steps = [0.0] * BINS
        """By how much each bin's rate differs from the one before, in bins that spans fill."""

    def add(self, began: float, ended: float, amount: float) -> None:
        """Spread an amount from one place to another."""
        first, last = _bin(began), _bin(ended)
        if first == last or ended - began < _MOMENT:
            self._ends[first] += amount
            return
        rate = amount / (ended - began)
        self._ends[first] += rate * (first + 1 - began)
        self._ends[last] += rate * (ended - last)
        self._steps[first + 1] += rate
        self._steps[last] -= rate

    def values(self) -> list[float]:
        """What each bin has. Never less than nothing, as a sum of steps up and down is by its last digits."""
        filled = accumulate(self._steps)
        return [max(0.0, end + whole) for end, whole in zip(self._ends, filled, strict=True)]


class Peaks:
    """The largest of the values whose spans touch a bin; places count in bins."""

    def __init__(self) -> None:
        # Level k has values for 2**k bins from each on: two of them, which may overlap, cover any span.
        self._levels = [[0.0] * BINS for _ in range(BINS.bit_length())]

    def add(self, began: float, ended: float, value: float) -> None:
        """A value from one place to another."""
        first, last = _bin(began), _bin(ended)
        if last > first and ended <= last:
            last -= 1  # it ends where that bin begins
        power = (last + 1 - first).bit_length() - 1
        level = self._levels[power]
        for place in (first, last + 1 - 2**power):
            level[place] = max(level[place], value)

    def values(self) -> list[float]:
        """Each bin's largest; 0 where there is none."""
        *lower, values = self._levels
        while lower:
            below = list(lower.pop())
            half = 2 ** len(lower)
            for place, value in enumerate(values):
                if value:
                    below[place] = max(below[place], value)
                    below[place + half] = max(below[place + half], value)
            values = below
        return values


def _bin(place: float) -> int:
    return min(BINS - 1, max(0, int(place)))
