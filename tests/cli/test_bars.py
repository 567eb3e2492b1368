"""What the bars leave on a terminal, and how they give it back. tests/cli/test_terminal.py has whole runs."""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pyte
import pytest
from rich.console import Console

from corral_core.cli.bars import BarProgress
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
from corral_core.tasks import Done, Stats, TaskId

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGUN = RunStarted("run", "inline", ".", 1, 1, 4000)
STARTED = PhaseStarted(0, "WordCount", "map", 4, 4000)
FINISHED = PhaseFinished(0, "map", Stats())


def attempt(index: int) -> list[Event]:
    task = TaskId("run", 0, "map", index)
    return [TaskStarted(task), TaskFinished(task, Done(task, Stats(10, 1000, 5, 50, 0, 0.5, 10**6), {}))]


@pytest.fixture
def screen() -> StringIO:
    return StringIO()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bars(screen: StringIO, clock: Clock) -> Iterator[BarProgress]:
    console = Console(file=screen, force_terminal=True, width=100, no_color=True)
    bars = BarProgress(console=console, clock=clock)
    yield bars
    bars.stop()


def left_on(screen: StringIO) -> list[str]:
    """The lines that a terminal shows in the end."""
    terminal = pyte.Screen(100, 24)
    terminal.set_mode(pyte.modes.LNM)
    pyte.Stream(terminal).feed(screen.getvalue())
    return [line.rstrip() for line in terminal.display if line.strip()]


def see(bars: BarProgress, events: list[Event]) -> None:
    for event in events:
        bars.on_event(event)


def test_a_finished_phase_stays_as_a_line(bars: BarProgress, clock: Clock, screen: StringIO) -> None:
    see(bars, [BEGUN, STARTED, *attempt(0), TaskCut(TaskId("run", 0, "map", 1), (4, 5))])
    clock.now = 2.5
    see(bars, [FINISHED])
    bars.stop()
    assert left_on(screen) == ["map WordCount: 1/5 tasks, 10 records, 1 kB, 2.50 s"]


def test_a_phase_that_did_not_end_stays_as_it_stood(bars: BarProgress, screen: StringIO) -> None:
    see(bars, [BEGUN, STARTED, *attempt(0), RunFinished("run", 1.0, KeyboardInterrupt())])
    bars.stop()
    assert left_on(screen) == ["map WordCount: 1/4 tasks, 10 records, 1 kB, 0.00 s"]


def test_steps_stay_and_the_end_of_a_run_that_went_well_does_not(bars: BarProgress, screen: StringIO) -> None:
    see(bars, [Step("building the bundle"), BEGUN, STARTED, FINISHED, Step("finishing"), RunFinished("run", 1.0)])
    bars.stop()
    assert left_on(screen) == ["building the bundle", "map WordCount: 0/4 tasks, 0 records, 0 B, 0.00 s"]


def test_verbose_has_a_line_for_each_task(screen: StringIO) -> None:
    bars = BarProgress(verbose=True, console=Console(file=screen, force_terminal=True, width=100))
    see(bars, [BEGUN, STARTED, *attempt(0)])
    bars.stop()
    assert "  stage 0 map 0: 10 records (1 kB) in" in screen.getvalue()


def test_stopping_gives_back_the_cursor_and_the_breakpoint_hook(bars: BarProgress, screen: StringIO) -> None:
    before = sys.breakpointhook
    see(bars, [BEGUN, STARTED])
    assert sys.breakpointhook != before
    bars.stop()
    bars.stop()
    assert sys.breakpointhook == before
    assert screen.getvalue().rfind("\x1b[?25h") > screen.getvalue().rfind("\x1b[?25l")


def test_a_breakpoint_stops_the_bars_and_reaches_the_debugger_that_was_set(bars: BarProgress, monkeypatch: Any) -> None:
    asked: list[object] = []
    monkeypatch.setattr(sys, "breakpointhook", asked.append)
    see(bars, [BEGUN, STARTED])
    breakpoint("here")  # noqa: T100  (what a mapper under a debugger does)
    assert asked == ["here"]
    see(bars, [*attempt(0), FINISHED])


def test_ten_thousand_tasks_draw_no_more_than_one(bars: BarProgress, screen: StringIO) -> None:
    """It is drawn by the clock: ten thousand times some two hundred bytes would be two million."""
    events = [event for index in range(10_000) for event in attempt(index)]
    see(bars, [BEGUN, STARTED])
    see(bars, events[:2])
    before = len(screen.getvalue())
    see(bars, events[2:])
    assert len(screen.getvalue()) - before < 500_000
