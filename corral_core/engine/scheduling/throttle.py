"""How long to wait, and how many attempts may be under way, when a place fails or asks for fewer calls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["PATIENCE", "Throttle", "backoff"]

BASE, CAP = 0.1, 30.0
"""Seconds: the longest first wait, and the longest of all."""
PATIENCE = 15 * 60.0
"""Seconds of nothing but refusals after which a place will not come round. Clouds count calls by the second or the
minute, so their limits let go much sooner; what is left is a quota of zero."""
ROUNDS = 16
"""A window grows by this share of the limit with each window of successes, but does no more than double."""


def backoff(failures: int, random: Random) -> float:
    """Seconds to wait after so many failures in a row, from 1: anything from nothing to a bound that doubles.

    This is "full jitter" of Marc Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015. Waits spread
    over the whole range keep those who failed together from coming back together.
    """
    return random.uniform(0, min(CAP, BASE * 2.0 ** min(failures - 1, 64)))


class Throttle:
    """Admission for all tasks: additive increase, multiplicative decrease.

    Chiu and Jain, Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks, 1989:
    of the simple rules, this one finds the place's limit, and shares it fairly with whoever else calls there.

    :param limit: attempts under way while nobody complains.
    """

    def __init__(self, limit: int, random: Random) -> None:
        self._limit, self._random = limit, random
        self._step = max(1.0, limit / ROUNDS)
        self._window = float(limit)
        self._decreases = 0
        self._refused_since: float | None = None
        self.epoch = 0
        """How many decreases there have been. An attempt keeps that of its submission: a refusal of an older one says
        nothing about the pace of now."""
        self.until = -math.inf
        """Nothing is admitted before."""

    def admits(self, live: int, now: float) -> bool:
        """Whether one more attempt may go while so many are under way."""
        return live + 1 <= self._window and now >= self.until

    def refused(self, epoch: int, live: int, now: float) -> bool:
        """An attempt of this epoch was refused while so many others were under way.

        :returns: whether patience has run out.
        """
        if self._refused_since is None:
            self._refused_since = now
        if epoch == self.epoch:
            self.epoch += 1
            self._decreases += 1
            self._window = max(1.0, min(self._window, live + 1) / 2)
            self.until = now + backoff(self._decreases, self._random)
        return now - self._refused_since >= PATIENCE

    def answered(self) -> None:
        """An attempt ended in some other way: the place does not refuse everything."""
        self._refused_since = None

    def succeeded(self, epoch: int) -> None:
        """An attempt of this epoch ended well."""
        self.answered()
        if self._window < self._limit:
            self._window = min(float(self._limit), self._window + min(1.0, self._step / self._window))
        if epoch == self.epoch:
            self._decreases = 0
