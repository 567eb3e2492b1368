"""What happens in a run, as the driver tells it to observers: a progress bar, a log, a plugin's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from corral_core.tasks import Reply, Stats, TaskId

__all__ = [
    "Event",
    "Observer",
    "PhaseFinished",
    "PhaseStarted",
    "RunFinished",
    "RunStarted",
    "TaskFinished",
    "TaskStarted",
]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is made and the executor is about to open."""

    run: str
    executor: str
    location: str
    stages: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """``tasks`` tasks of one phase of a stage are about to be submitted."""

    stage: int
    name: str
    """The stage's job, as people call it."""
    phase: Literal["map", "reduce"]
    tasks: int
    bytes: int
    """Input of the phase, as stored."""


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A task has been handed to the executor."""

    id: TaskId


@dataclass(frozen=True, slots=True)
class TaskFinished:
    """A task has been answered; ``reply`` is None when the place failed and ``error`` says how."""

    id: TaskId
    reply: Reply | None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class PhaseFinished:
    """Every task of the phase ended well."""

    stage: int
    phase: Literal["map", "reduce"]
    stats: Stats


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over; ``error`` is None when it ended well."""

    run: str
    seconds: float
    error: BaseException | None = None
    counters: dict[str, int] = field(default_factory=dict)


Event = RunStarted | PhaseStarted | TaskStarted | TaskFinished | PhaseFinished | RunFinished


class Observer:
    """Told of every event, in the driver's thread. An observer that raises ends the run: be careful, and be quick."""

    def on_event(self, event: Event) -> None:
        """Something happened."""
