from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from corral_core.cli.bars import BarProgress
from corral_core.cli.progress import PlainProgress, progress
from corral_core.errors import WorkerLost
from corral_core.events import (
    Event,
    PhaseFinished,
    PhaseStarted,
    RunFinished,
    RunStarted,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.tasks import Done, Failed, Stats, TaskId

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED = PhaseStarted(0, "WordCount", "map", 4, 4000)
FINISHED = PhaseFinished(0, "map", Stats())


def done(index: int) -> TaskFinished:
    task = TaskId("run", 0, "map", index)
    return TaskFinished(task, Done(task, Stats(10, 1000, 5, 50, 0, 0.5, 10**6), {}))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def lines_of(events: list[tuple[float, Event]], capsys: Any, *, verbose: bool = False) -> list[str]:
    clock = Clock()
    observer = PlainProgress(verbose=verbose, clock=clock)
    for clock.now, event in events:
        observer.on_event(event)
    out, err = capsys.readouterr()
    assert out == ""
    return list(err.splitlines())


def test_plain_lines_come_first_last_and_at_most_once_a_second(capsys: Any) -> None:
    events: list[tuple[float, Event]] = [
        (0.0, STARTED),
        (0.2, done(0)),
        (1.1, done(1)),
        (1.2, done(2)),
        (2.5, done(3)),
        (2.5, FINISHED),
    ]
    assert lines_of(events, capsys) == [
        "map WordCount: 4 tasks, 4 kB",
        "map WordCount: 2/4 tasks, 20 records, 2 kB, 1.10 s",
        "map WordCount: 4/4 tasks, 40 records, 4 kB, 2.50 s",
    ]


def test_a_task_that_is_cut_counts_as_two(capsys: Any) -> None:
    cut = TaskCut(TaskId("run", 0, "map", 3), (4, 5))
    finished = [done(number) for number in (0, 1, 2, 4, 5)]
    lines = lines_of([(0, STARTED), (0.1, cut), *((0.2, event) for event in finished), (0.3, FINISHED)], capsys)
    assert lines[-1] == "map WordCount: 5/5 tasks, 50 records, 5 kB, 0.30 s"


def test_verbose_has_a_line_for_each_task_and_none_between(capsys: Any) -> None:
    task = TaskId("run", 0, "map", 7, attempt=1)
    failed = TaskFinished(task, Failed(task, "user", "ValueError", "no such word"), outcome="failed")
    lost = TaskFinished(task, None, WorkerLost("it died of signal 9"), "failed")
    gone = TaskFinished(TaskId("run", 0, "map", 8, session=2), None, outcome="cancelled")
    lines = lines_of(
        [(0, STARTED), (2, done(0)), (2, failed), (3, lost), (3, gone), (4, FINISHED)], capsys, verbose=True
    )
    assert lines[1:-1] == [
        "  stage 0 map 0: 10 records (1 kB) in, 5 records (50 B) out, 0.50 s, peak memory 1 MB",
        "  stage 0 map 7 attempt 1 failed: no such word",
        "  stage 0 map 7 attempt 1 failed: it died of signal 9",
        "  stage 0 map 8 attempt 2.0 cancelled",
    ]


def test_what_an_earlier_driver_did_counts_and_so_do_failed_attempts(capsys: Any) -> None:
    task = TaskId("run", 0, "map", 3)
    lost = TaskFinished(task, None, WorkerLost("gone"), "failed")
    late = TaskFinished(task, Done(task, Stats(records_in=10), {}), outcome="late")
    started = PhaseStarted(0, "WordCount", "map", 4, 2000, done=2)
    assert lines_of([(0, started), (0, done(0)), (0, lost), (0, late), (2, done(1)), (2, FINISHED)], capsys) == [
        "map WordCount: 4 tasks, 2 kB",
        "map WordCount: 4/4 tasks, 20 records, 2 kB, 2.00 s, 1 attempt failed",
    ]


def test_other_events_say_nothing(capsys: Any) -> None:
    other: list[Event] = [
        RunStarted("run", "inline", ".", 1, 1, 1),
        TaskStarted(TaskId("run", 0, "map", 0)),
        RunFinished("run", 1.0),
    ]
    assert lines_of([(0.0, event) for event in other], capsys) == []


def test_quiet_observes_nothing() -> None:
    with progress(verbose=False, quiet=True) as observers:
        assert observers == []


def test_lines_where_stderr_is_no_terminal() -> None:
    with progress(verbose=False, quiet=False) as observers:
        assert [type(observer) for observer in observers] == [PlainProgress]


@pytest.mark.parametrize(
    ("term", "kind"), [("xterm", BarProgress), ("dumb", PlainProgress), ("unknown", PlainProgress)]
)
def test_bars_only_on_a_terminal_that_can_move_its_cursor(term: str, kind: type, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", term)
    with progress(verbose=False, quiet=False) as observers:
        assert [type(observer) for observer in observers] == [kind]


@pytest.fixture
def screen() -> StringIO:
    return StringIO()


@pytest.fixture
def bars(screen: StringIO) -> Iterator[BarProgress]:
    bars = BarProgress(console=Console(file=screen, force_terminal=True, width=100, no_color=True))
    yield bars
    bars.stop()


def test_a_bar_shows_tasks_records_and_bytes(bars: BarProgress, screen: StringIO) -> None:
    events: list[Event] = [STARTED, *map(done, range(4)), FINISHED]
    for event in events:
        bars.on_event(event)
    bars.stop()
    last = screen.getvalue()
    assert "map WordCount" in last
    assert "4/4" in last
    assert "40 records" in last
    assert "4 kB" in last


def test_stopping_gives_back_the_cursor_and_the_breakpoint_hook(bars: BarProgress, screen: StringIO) -> None:
    before = sys.breakpointhook
    bars.on_event(STARTED)
    assert sys.breakpointhook != before
    bars.stop()
    bars.stop()
    assert sys.breakpointhook == before
    assert screen.getvalue().endswith("\x1b[?25h")


def test_a_breakpoint_stops_the_bars_and_reaches_the_debugger_that_was_set(bars: BarProgress, monkeypatch: Any) -> None:
    asked: list[object] = []
    monkeypatch.setattr(sys, "breakpointhook", asked.append)
    bars.on_event(STARTED)
    breakpoint("here")  # noqa: T100  (what a mapper under a debugger does)
    assert asked == ["here"]
    bars.on_event(done(0))
    bars.on_event(FINISHED)
