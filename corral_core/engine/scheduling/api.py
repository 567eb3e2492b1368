"""What goes into the scheduler and what comes out: a policy and events, commands.

Structs of msgspec's, which are ready in a thirtieth of a dataclass's time: each start of the command makes them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

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


class Policy(msgspec.Struct, frozen=True):
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


class Started(msgspec.Struct, frozen=True):
    """The phase begins."""


class Succeeded(msgspec.Struct, frozen=True):
    """An attempt at a task ended well."""

    task: int
    attempt: int


class Failed(msgspec.Struct, frozen=True):
    """An attempt at a task failed."""

    task: int
    attempt: int
    fault: Fault
    error: Exception
    """What the phase ends with, should this failure be its last."""


class Gone(msgspec.Struct, frozen=True):
    """An attempt settled without an answer, as cancelled ones do: it holds its slot no more."""

    task: int
    attempt: int


class Cut(msgspec.Struct, frozen=True):
    """The answer to :class:`Bisect`: tasks of these new numbers, at least two, do the work in place of the task."""

    task: int
    into: tuple[int, ...]


class Uncut(msgspec.Struct, frozen=True):
    """The answer to :class:`Bisect`: the task can't be cut."""

    task: int


class Tick(msgspec.Struct, frozen=True):
    """Nothing happened but time."""


class Interrupted(msgspec.Struct, frozen=True):
    """The user wants to stop."""


Event = Started | Succeeded | Failed | Gone | Cut | Uncut | Tick | Interrupted


class Submit(msgspec.Struct, frozen=True):
    """Hand this attempt to the executor."""

    task: int
    attempt: int


class Cancel(msgspec.Struct, frozen=True):
    """This attempt is no longer wanted."""

    task: int
    attempt: int


class Bisect(msgspec.Struct, frozen=True):
    """The task was too much for its place: say :class:`Cut` or :class:`Uncut`. It waits for the answer."""

    task: int
    error: Exception


class End(msgspec.Struct, frozen=True):
    """The phase is over: well, with an error, or, with neither done nor error, because of the user."""

    done: bool
    error: Exception | None = None
    task: int | None = None
    """The task whose error it is, if it is one task's."""


Command = Submit | Cancel | Bisect | End
