"""docs/reference/log.md has what the log has, event by event and field by field."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from corral_core.cli.jsonlog import fields_of
from corral_core.cli.summary import summary_fields
from corral_core.engine.result import RunResult
from corral_core.engine.waste import Waste
from corral_core.events import (
    Event,
    PhaseFinished,
    PhaseStarted,
    RunFinished,
    RunStarted,
    Step,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.formats.api import FormatOptions
from corral_core.formats.text import TextInput
from corral_core.tasks import Done, Stats, TaskId
from tests.docs.conftest import ROOT, table

PAGE = ROOT / "docs" / "reference" / "log.md"
TASK = TaskId("run", 0, "map", 3)
EVENTS: list[Event] = [
    Step("building"),
    RunStarted("run", "inline", ".", 1, 1, 1),
    PhaseStarted(0, "WordCount", "map", 1, 1),
    TaskStarted(TASK),
    TaskFinished(TASK, Done(TASK, Stats(), {})),
    TaskCut(TASK, (4, 5)),
    PhaseFinished(0, "map", Stats()),
    RunFinished("run", 1.0, ValueError("no")),
]


def documented() -> dict[str, list[str]]:
    return {name: re.findall(r"`(\w+)`", cells[0]) for name, cells in table(PAGE, "event").items()}


def said() -> dict[str, list[str]]:
    result = RunResult(
        "run", ".", "inline", [], {}, Stats(), 1.0, Waste(), None, lambda: TextInput(FormatOptions()), {}
    )
    told: dict[str, Any] = dict(map(fields_of, EVENTS))
    told["summary"] = summary_fields(result)
    told |= {"output": ["text"], "message": ["text"]}
    told["error"] = ["kind", "message", "notes", "traceback", "exit_code"]
    return {name: list(fields) for name, fields in told.items()}


def test_every_event_and_field_is_documented_and_every_documented_one_is_said() -> None:
    assert documented() == said()


def test_the_example_has_every_kind_of_event() -> None:
    assert {type(event) for event in EVENTS} == set(Event.__args__)


def test_every_statistic_is_documented_and_every_documented_one_exists() -> None:
    rows = re.findall(r"^\| (`.*?`) \| ", PAGE.read_text(encoding="utf-8").partition("| statistic")[2], re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(names) == sorted(msgspec.structs.asdict(Stats()))
