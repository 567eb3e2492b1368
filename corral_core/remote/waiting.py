"""Waiting for a cloud, whose parts learn of a change at different times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PATIENCE", "pauses", "turns"]

PATIENCE = 60.0
"""Seconds until what an account was told is true everywhere; AWS's IAM says "within seconds", and is seen to take ten
to twenty."""

_FIRST, _LONGEST = 0.25, 5.0


def pauses(patience: float = PATIENCE) -> Iterator[tuple[float, float]]:
    """For each attempt, the seconds that have passed and those to wait after it, until patience is at its end."""
    began = time.monotonic()
    pause = _FIRST
    while (passed := time.monotonic() - began) < patience:
        yield passed, min(pause, patience - passed)
        pause = min(pause * 2, _LONGEST)


def turns(patience: float = PATIENCE) -> Iterator[float]:
    """The seconds that have passed at each attempt; waits between two."""
    for passed, pause in pauses(patience):
        yield passed
        time.sleep(pause)  # a cloud tells nobody when it is ready: all that can be done is to ask again
