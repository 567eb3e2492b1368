"""Which attempts take far longer than their peers did.

J. Dean and S. Ghemawat, MapReduce: Simplified Data Processing on Large Clusters, OSDI 2004, section 3.6: when a phase
is close to its end, what is still running is run a second time, and the first to finish counts. Without it a large
sort of theirs took 44 % longer. There all that still runs is run again; here, only what has run far longer than others.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.scheduling.attempts import Attempt

__all__ = ["LEAST", "Durations", "Stragglers"]

LEAST = 1.0
"""Seconds. Nobody waits for an attempt that has run shorter."""
PER_OCTAVE = 8
"""Buckets from a duration to its double, which makes a median 4.5 % wrong at most."""
SHORTEST, LONGEST = -10, 20
"""Powers of two, in seconds: of a millisecond and of twelve days."""
WEIGHTS_PER_OCTAVE = 4


class Durations:
    """The median of any number of durations, in constant space: a histogram over logarithmic buckets."""

    def __init__(self) -> None:
        self._counts = [0] * ((LONGEST - SHORTEST) * PER_OCTAVE + 1)
        self._total = self._below = self._middle = 0
        """How many there are, and how many of them are below the bucket in which the median was last."""

    def add(self, seconds: float) -> None:
        """One more."""
        octave = math.log2(max(seconds, 2.0**SHORTEST)) - SHORTEST
        bucket = min(round(octave * PER_OCTAVE), len(self._counts) - 1)
        self._counts[bucket] += 1
        self._total += 1
        self._below += bucket < self._middle

    def median(self) -> float | None:
        """In seconds; of an even number, the upper one. None of none."""
        if not self._total:
            return None
        rank = self._total // 2
        while self._below > rank:
            self._middle -= 1
            self._below -= self._counts[self._middle]
        while self._below + self._counts[self._middle] <= rank:
            self._below += self._counts[self._middle]
            self._middle += 1
        return float(2.0 ** (self._middle / PER_OCTAVE + SHORTEST))


class Stragglers:
    """The attempts that may get a backup, in the order in which they become stragglers.

    An attempt is one when it has run for ``factor`` medians, each scaled up where its task is heavier than most. The
    median moves, so no moment can be kept; but among tasks of one weight the first submitted is always the first. There
    is a list in order of submission for each weight, rounded up so that they are few.

    :param factor: 0 or None: nobody is a straggler.
    :param weights: by task, such as bytes of input; tasks beyond them, pieces of others, weigh as most.
    """

    def __init__(self, factor: float | None, weights: Sequence[int] | None) -> None:
        self._factor = factor
        self._weights: Sequence[int] = weights or ()
        self._median = max(1, sorted(self._weights)[len(self._weights) // 2]) if self._weights else 1
        self._watched: dict[int, list[tuple[float, int, int, Attempt]]] = {}
        self.durations = Durations()

    def watch(self, attempt: Attempt) -> None:
        """It may get a backup."""
        if self._factor:
            place = attempt.since, attempt.task.number, attempt.number, attempt
            insort(self._watched.setdefault(self._class(attempt), []), place)

    def forget(self, attempt: Attempt) -> None:
        """It may not, or no more."""
        watched = self._watched.get(self._class(attempt), [])
        # A shorter tuple sorts before the longer one that begins with it.
        at = bisect_left(watched, (attempt.since, attempt.task.number, attempt.number))
        if at < len(watched) and watched[at][-1] is attempt:
            del watched[at]

    def first(self) -> tuple[float, Attempt] | None:
        """The attempt that is the first to be a straggler, and when."""
        median = self.durations.median()
        if median is None or not self._factor:
            return None
        moments = [
            (watched[0][0] + max(LEAST, self._factor * median * 2.0 ** (weight / WEIGHTS_PER_OCTAVE)), watched[0])
            for weight, watched in self._watched.items()
            if watched
        ]
        if not moments:
            return None
        moment, place = min(moments)
        return moment, place[-1]

    def _class(self, attempt: Attempt) -> int:
        """How much heavier than the median, as a rounded logarithm; 0 for all that are not."""
        number = attempt.task.number
        if number >= len(self._weights) or self._weights[number] <= self._median:
            return 0
        return math.ceil(math.log2(self._weights[number] / self._median) * WEIGHTS_PER_OCTAVE)
