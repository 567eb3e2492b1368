"""Which invocations a cloud of the tests spoils, and how: by a schedule that a seed fixes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InvokeFault", "InvokeFaults"]

InvokeFault = Literal["", "throttle", "error", "bad_gateway", "unavailable", "cut", "lose"]


@dataclass
class InvokeFaults:
    """Fractions, between 0 and 1, of the invocations that meet each fault.

    What happens depends on the seed, the function, the payload and how often these have come, not on when: so threads
    don't disturb the schedule. What differs in every run, such as a run's id in a payload, changes it.
    """

    seed: int = 0
    throttle: float = 0
    """Answered with 429."""
    error: float = 0
    """Answered with 500."""
    bad_gateway: float = 0
    """Answered with 502, not by the cloud's service but by a gateway before it."""
    unavailable: float = 0
    """Answered with 503, likewise."""
    cut: float = 0
    """The connection ends without an answer, and the function does not run."""
    lose: float = 0
    """The function runs to its end, and the connection ends without an answer."""
    delay: float = 0
    """Seconds before every invocation."""
    choose: Callable[[str, bytes], InvokeFault | None] | None = None
    """Asked before the schedule, with the function's name and the payload; None leaves it to the schedule."""
    _times: Counter[bytes] = field(default_factory=Counter, init=False, repr=False)

    def next(self, function: str, payload: bytes) -> InvokeFault:
        """What happens to this invocation, which may have come before."""
        chosen = self.choose(function, payload) if self.choose else None
        if chosen is not None:
            return chosen
        request = function.encode() + b"\n" + payload
        self._times[request] += 1
        drawn = random.Random(b"%d %d " % (self.seed, self._times[request]) + request).random()  # noqa: S311  (a schedule, no secret)
        limit = 0.0
        names: tuple[InvokeFault, ...] = ("throttle", "error", "bad_gateway", "unavailable", "cut", "lose")
        for name in names:
            limit += getattr(self, name)
            if drawn < limit:
                return name
        return ""
