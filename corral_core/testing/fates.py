"""What becomes of an attempt in a simulated place: when it runs, how often, and what its driver hears of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from corral_core.errors import ExecutorError, OutOfMemory, TaskTimeout, Throttled, WorkerLost

if TYPE_CHECKING:
    from random import Random

__all__ = ["Fate", "Rates"]

STEPS = 12
"""Calls to storage within which a worker that dies at work does so; a small task makes some five to ten."""


@dataclass(frozen=True)
class Fate:
    """Times are seconds from the submission."""

    kind: str
    """Which of the :class:`Rates` it comes of; ``well`` when nothing goes wrong."""
    runs_at: tuple[float, ...] = ()
    answers_at: float | None = None
    """None: never."""
    error: type[ExecutorError] | None = None
    """Heard in the answer's place; with None the answer is that of the first time that it ran."""
    dies_at: int | None = None
    """The call to storage, from 0, in which its worker dies."""


@dataclass(frozen=True)
class Rates:
    """Shares of attempts, from 0 to 1, that end in some other way than well."""

    lost: float = 0.0
    """The worker is lost before the task begins."""
    killed: float = 0.0
    """The worker dies at work, before, in or after its writing."""
    unheard: float = 0.0
    """The task is done, and the worker is lost before it answers."""
    dropped: float = 0.0
    """No answer ever comes. Give the run a ``taskTimeout``."""
    throttled: float = 0.0
    timed_out: float = 0.0
    out_of_memory: float = 0.0
    late: float = 0.0
    """The worker is told to be lost; the task runs all the same, an hour later at most."""
    twice: float = 0.0
    """The task runs a second time after its answer, as a place may that promises "at least once"."""
    slow: float = 0.0
    """It takes twenty times as long as others."""

    @classmethod
    def drawn(cls, dice: Random) -> Rates:
        """Some of the troubles, each with a share of its own that leaves most attempts in peace."""
        return cls(**{field.name: dice.choice([0.0, 0.02, 0.05, 0.12]) for field in fields(cls)})

    def fate(self, dice: Random) -> Fate:
        """One attempt's."""
        drawn = dice.random()
        for field in fields(self):
            share = getattr(self, field.name)
            if drawn < share:
                return _fate(field.name, dice)
            drawn -= share
        return _fate("well", dice)


_ERRORS: dict[str, type[ExecutorError]] = {
    "lost": WorkerLost,
    "killed": WorkerLost,
    "unheard": WorkerLost,
    "late": WorkerLost,
    "throttled": Throttled,
    "timed_out": TaskTimeout,
    "out_of_memory": OutOfMemory,
}


def _fate(kind: str, dice: Random) -> Fate:
    starts = dice.uniform(0.0, 0.5)
    ends = starts + dice.uniform(0.5, 2.0) * (20 if kind == "slow" else 1)
    runs: tuple[float, ...] = (dice.uniform(starts, ends),)
    if kind == "dropped":
        return Fate(kind, dice.choice([(), runs]))
    if kind == "late":
        runs = (ends + dice.expovariate(1 / 10), ends + dice.uniform(0.0, 3600.0))[: dice.randint(1, 2)]
    elif kind == "twice":
        runs = (*runs, ends + dice.uniform(0.0, 60.0))
    elif kind in ("lost", "throttled"):
        runs = ()
    elif kind in ("timed_out", "out_of_memory"):
        runs = dice.choice([(), runs])
    return Fate(kind, runs, ends, _ERRORS.get(kind), dice.randrange(STEPS) if kind == "killed" else None)
