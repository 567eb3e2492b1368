"""What happens in a run, as the driver tells it to observers: a progress bar, a log, a plugin's own."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from corral_core.tasks import Reply, Split, Stats, TaskId  # noqa: TC001  (an event's signature evaluates its annotations)

__all__ = [
    "Event",
    "Observer",
    "Outcome",
    "PhaseFinished",
    "PhaseStarted",
    "RunFinished",
    "RunStarted",
    "Step",
    "TaskCut",
    "TaskFinished",
    "TaskStarted",
]

Outcome = Literal["won", "failed", "late", "cancelled"]
"""How an attempt ended: see :class:`TaskFinished`."""


class Step(msgspec.Struct, frozen=True):
    """Something that takes time and is no task has begun, such as building a bundle; it may come before
    :class:`RunStarted`."""

    text: str
    """For people: ``uploading 10.4 MB to Lambda``."""


class RunStarted(msgspec.Struct, frozen=True):
    """The plan is made and the executor is about to open."""

    run: str
    executor: str
    location: str
    stages: int
    files: int
    bytes: int
    params: dict[str, Any] = {}
    """The values of the jobs' parameters, as JSON holds them."""


class PhaseStarted(msgspec.Struct, frozen=True):
    """``tasks`` tasks of one phase of a stage are about to be submitted."""

    stage: int
    name: str
    """The stage's job, as people call it."""
    phase: Literal["map", "reduce"]
    tasks: int
    bytes: int
    """Input of the tasks that are to be done, as stored."""
    done: int = 0
    """Tasks that an earlier driver of the run has done."""


class TaskStarted(msgspec.Struct, frozen=True):
    """An attempt at a task has been handed to the executor."""

    id: TaskId
    backup: bool = False
    """Another attempt is still running, far longer than the tasks beside it did."""
    splits: tuple[Split, ...] = ()
    """What a map task reads."""


class TaskFinished(msgspec.Struct, frozen=True):
    """An attempt at a task is over; ``reply`` is None when the place failed and ``error`` says how.

    ``outcome``: ``won`` is the answer that counts; ``failed`` may be tried again; ``late`` came when the task needed no
    answer any more; ``cancelled`` was not waited for.
    """

    id: TaskId
    reply: Reply | None
    error: Exception | None = None
    outcome: Outcome = "won"


class TaskCut(msgspec.Struct, frozen=True):
    """A map task that took too long or too much memory is done as two, which have these numbers."""

    id: TaskId
    into: tuple[int, int]


class PhaseFinished(msgspec.Struct, frozen=True):
    """Every task of the phase ended well."""

    stage: int
    phase: Literal["map", "reduce"]
    stats: Stats


class RunFinished(msgspec.Struct, frozen=True):
    """The run is over; ``error`` is None when it ended well."""

    run: str
    seconds: float
    error: BaseException | None = None
    counters: dict[str, int] = {}
    kept: int = 0
    """Finished tasks of a run that did not end well, which ``--resume`` need not do again."""
    report: str = ""
    """The file of its report; empty when there is none."""


Event = Step | RunStarted | PhaseStarted | TaskStarted | TaskFinished | TaskCut | PhaseFinished | RunFinished
"""Whatever an :class:`Observer` may be told."""


class Observer:
    """Told of every event, in the driver's thread. An observer that raises ends the run: be careful, and be quick."""

    def on_event(self, event: Event) -> None:
        """Something happened."""
