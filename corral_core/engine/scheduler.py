"""The scheduler of one phase: a pure state machine. Events go in, commands come out; it does nothing itself.

It keeps at most ``limit`` tasks in flight and ends with the first task that fails.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cancel", "Command", "End", "Event", "Failed", "Interrupted", "Scheduler", "Started", "Submit", "Succeeded"]


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
    error: Exception


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user wants to stop."""


Event = Started | Succeeded | Failed | Interrupted


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
class End:
    """The phase is over: well, with an error, or, with neither done nor error, because of the user."""

    done: bool
    error: Exception | None = None


Command = Submit | Cancel | End


class Scheduler:
    """Tasks ``0`` to ``tasks - 1``, in this order as far as slots allow.

    :param limit: tasks in flight at most; at least 1.
    """

    def __init__(self, tasks: int, limit: int) -> None:
        self._tasks, self._limit = tasks, limit
        self._next = 0
        self._flying: dict[int, int] = {}  # task to attempt
        self._ended = False

    def handle(self, event: Event) -> list[Command]:
        """What to do now. After an :class:`End`, late events change nothing."""
        if self._ended:
            return []
        if isinstance(event, Succeeded | Failed):
            if self._flying.get(event.task) != event.attempt:
                return []
            del self._flying[event.task]
            if isinstance(event, Failed):
                return self._stop(event.error)
        elif isinstance(event, Interrupted):
            return self._stop(None)
        return self._go_on()

    def _go_on(self) -> list[Command]:
        commands: list[Command] = []
        while self._next < self._tasks and len(self._flying) < self._limit:
            self._flying[self._next] = 0
            commands.append(Submit(self._next, 0))
            self._next += 1
        if not self._flying:
            self._ended = True
            commands.append(End(done=True))
        return commands

    def _stop(self, error: Exception | None) -> list[Command]:
        self._ended = True
        cancels: list[Command] = [Cancel(task, attempt) for task, attempt in self._flying.items()]
        self._flying.clear()
        return [*cancels, End(done=False, error=error)]
