"""What goes into the scheduler and what comes out: a policy and events, commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Bisect",
    "Cancel",
    "Command",
    "Cut",
    "End",
    "Event",
    "Failed",
    "Fault",
    "Gone",
    "Interrupted",
    "Policy",
    "Started",
    "Submit",
    "Succeeded",
    "Tick",
    "Uncut",
]

Fault = Literal["user", "place", "throttled", "timeout", "memory"]
"""How an attempt failed: in the user's code, around it, by being refused, or for want of time or memory."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a phase is run."""

    limit: int
    """Attempts that hold a slot at most; at least 1."""
    max_attempts: int = 4
    """Attempts at one task, backups included, refused ones not; at least 1."""
    timeout: float | None = None
    """Seconds that an attempt may take, counted from its submission."""
    backup_fraction: float = 0.75
    """The share of the phase's tasks that must be done before stragglers get backups."""
    backup_factor: float | None = 2.0
    """How many times the median a straggler has been running; 0 or None: no backups."""
    can_cancel: bool = False
    """A cancelled attempt ends, and frees its slot, at once; otherwise the slot is its own until it settles."""


@dataclass(frozen=True, slots=True)
class Started:
    """The phase begins."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """An attempt at a task ended well."""

    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt at a task failed."""

    task: int
    attempt: int
    fault: Fault
    error: Exception
    """What the phase ends with, should this failure be its last."""


@dataclass(frozen=True, slots=True)
class Gone:
    """An attempt settled without an answer, as cancelled ones do: it holds its slot no more."""

    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The answer to :class:`Bisect`: tasks of these new numbers, at least two, do the work in place of the task."""

    task: int
    into: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Uncut:
    """The answer to :class:`Bisect`: the task can't be cut."""

    task: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened but time."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user wants to stop."""


Event = Started | Succeeded | Failed | Gone | Cut | Uncut | Tick | Interrupted


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand this attempt to the executor."""

    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """This attempt is no longer wanted."""

    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Bisect:
    """The task was too much for its place: say :class:`Cut` or :class:`Uncut`. It waits for the answer."""

    task: int
    error: Exception


@dataclass(frozen=True, slots=True)
class End:
    """The phase is over: well, with an error, or, with neither done nor error, because of the user."""

    done: bool
    error: Exception | None = None
    task: int | None = None
    """The task whose error it is, if it is one task's."""


Command = Submit | Cancel | Bisect | End
