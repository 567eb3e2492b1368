"""Which attempts are under way, and which slots they hold."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

__all__ = ["Attempt", "Flight", "Task"]


@dataclass(slots=True, eq=False)
class Task:
    """A task from its first submission until it is done or cut."""

    number: int
    submitted: int = 0
    """Attempts so far, which is the number of the next one."""
    refused: int = 0
    """Of these, throttled: they never began."""
    failures: int = 0
    user_failures: int = 0
    live: list[Attempt] = field(default_factory=list)
    """Attempts that an answer is awaited of: the first and its backup at most."""
    asked: Exception | None = None
    """The error that a Bisect told, until it is answered."""
    closed: bool = False
    """Done or cut: what its attempts have to say no longer matters."""

    @property
    def used(self) -> int:
        """Attempts that count."""
        return self.submitted - self.refused


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt at a task, from its submission until it settles."""

    task: Task
    number: int
    since: float
    """When it was submitted."""
    epoch: int
    """The throttle's at that time."""
    given_up: bool = False


class Flight:
    """The attempts that have not settled.

    :param zombies_hold: an attempt that was given up keeps its slot until it settles.
    """

    def __init__(self, *, zombies_hold: bool) -> None:
        self._zombies_hold = zombies_hold
        # In order of submission, which is the order of their deadlines. A plain dict would search for its first entry.
        self._live: OrderedDict[tuple[int, int], Attempt] = OrderedDict()
        self._given_up: dict[tuple[int, int], Attempt] = {}

    @property
    def live(self) -> int:
        """Attempts that an answer is awaited of."""
        return len(self._live)

    @property
    def held(self) -> int:
        """Slots that are taken."""
        return len(self._live) + (len(self._given_up) if self._zombies_hold else 0)

    @property
    def oldest(self) -> Attempt | None:
        """The live attempt that was submitted first."""
        return next(iter(self._live.values()), None)

    def submit(self, task: Task, now: float, epoch: int) -> Attempt:
        """The task's next attempt."""
        attempt = Attempt(task, task.submitted, now, epoch)
        task.submitted += 1
        task.live.append(attempt)
        self._live[task.number, attempt.number] = attempt
        return attempt

    def settle(self, task: int, attempt: int) -> Attempt | None:
        """The attempt, which holds nothing any more; None when it has settled before or never was."""
        key = task, attempt
        live = self._live.pop(key, None)
        if live is None:
            return self._given_up.pop(key, None)
        live.task.live.remove(live)
        return live

    def give_up(self, attempt: Attempt) -> None:
        """Wait for its answer no more."""
        attempt.given_up = True
        attempt.task.live.remove(attempt)
        key = attempt.task.number, attempt.number
        del self._live[key]
        self._given_up[key] = attempt
