"""A run's events for machines, one JSON object a line. The names are documented (docs/reference/log.md) and stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from corral_core.cli.streams import record
from corral_core.events import (
    Event,
    Observer,
    PhaseFinished,
    PhaseStarted,
    RunFinished,
    RunStarted,
    Step,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.tasks import Done

if TYPE_CHECKING:
    from corral_core.tasks import TaskId

__all__ = ["JsonProgress", "fields_of"]

_NAMES: dict[type[Event], str] = {
    Step: "step",
    RunStarted: "run_started",
    PhaseStarted: "phase_started",
    TaskStarted: "task_started",
    TaskFinished: "task_finished",
    TaskCut: "task_cut",
    PhaseFinished: "phase_finished",
    RunFinished: "run_finished",
}


class JsonProgress(Observer):
    """Says every event as it comes."""

    def on_event(self, event: Event) -> None:
        """One line."""
        name, fields = fields_of(event)
        record(name, **fields)

    def stop(self) -> None:
        """There is nothing to end."""

    def abandon(self) -> None:
        """There is nothing to give back."""


def fields_of(event: Event) -> tuple[str, dict[str, Any]]:
    """An event's name, and what is known of it, as JSON has it."""
    name = _NAMES[type(event)]
    match event:
        case TaskStarted():
            return name, {**_task(event.id), "backup": event.backup}
        case TaskFinished():
            return name, {**_task(event.id), "outcome": event.outcome, **_end(event)}
        case TaskCut():
            return name, {**_task(event.id), "into": event.into}
        case PhaseFinished():
            return name, {"stage": event.stage, "phase": event.phase, "stats": msgspec.structs.asdict(event.stats)}
        case RunFinished():
            error = None if event.error is None else str(event.error) or type(event.error).__name__
            return name, {**msgspec.structs.asdict(event), "error": error}
        case _:
            return name, msgspec.structs.asdict(event)


def _task(identity: TaskId) -> dict[str, Any]:
    return {
        "stage": identity.stage,
        "phase": identity.phase,
        "task": identity.index,
        "attempt": identity.attempt,
        "session": identity.session,
    }


def _end(event: TaskFinished) -> dict[str, Any]:
    if isinstance(event.reply, Done):
        return {"error": None, "stats": msgspec.structs.asdict(event.reply.stats)}
    if event.reply is not None:
        return {"error": f"{event.reply.error}: {event.reply.message}", "stats": None}
    return {"error": None if event.error is None else f"{type(event.error).__name__}: {event.error}", "stats": None}
