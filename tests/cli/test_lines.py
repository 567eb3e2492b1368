"""Progress as lines."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from corral_core.cli.lines import LineProgress
from corral_core.errors import WorkerLost
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
from corral_core.tasks import Done, Failed, Stats, TaskId

STARTED = PhaseStarted(0, "WordCount", "map", 4, 4000)
FINISHED = PhaseFinished(0, "map", Stats())
TICK = None
"""In a schedule: a second may have passed."""


def started(index: int) -> TaskStarted:
    return TaskStarted(TaskId("run", 0, "map", index))


def done(index: int) -> TaskFinished:
    task = TaskId("run", 0, "map", index)
    return TaskFinished(task, Done(task, Stats(10, 1000, 5, 50, 0, 0.5, 10**6), {}))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def lines_of(schedule: list[tuple[float, Event | None]], capsys: Any, *, verbose: bool = False) -> list[str]:
    clock = Clock()
    observer = LineProgress(verbose=verbose, clock=clock)
    try:
        for clock.now, event in schedule:
            if event is None:
                observer.tick()
            else:
                observer.on_event(event)
    finally:
        observer.stop()
    out, err = capsys.readouterr()
    assert out == ""
    return list(err.splitlines())


def test_a_line_comes_first_and_last_and_between_them_at_most_once_a_second(capsys: Any) -> None:
    schedule: list[tuple[float, Event | None]] = [
        (0.0, STARTED),
        (0.1, started(0)),
        (0.1, started(1)),
        (0.2, done(0)),
        (0.9, TICK),
        (1.1, TICK),
        (1.2, done(1)),
        (1.3, TICK),
        (2.2, TICK),
        (2.5, FINISHED),
    ]
    assert lines_of(schedule, capsys) == [
        "map WordCount: 4 tasks, 4 kB",
        "map WordCount: 1/4 tasks, 1 running, 9 records/s, 909 B/s, 0:01 passed",
        "map WordCount: 2/4 tasks, 0 running, 9 records/s, 909 B/s, 0:02 passed",
        "map WordCount: 2/4 tasks, 20 records, 2 kB, 2.50 s",
    ]


def test_a_long_phase_is_told_of_less_often_and_each_minute_at_least(capsys: Any) -> None:
    ticks: list[tuple[float, Event | None]] = [(float(second), TICK) for second in range(1, 3601)]
    lines = lines_of([(0.0, STARTED), (0.0, started(0)), *ticks], capsys)[1:]
    clocks = [line.split(", ")[-1].removesuffix(" passed").split(":") for line in lines]
    times = [60 * int(minutes) + int(seconds) for minutes, seconds in clocks]
    gaps = [after - before for before, after in pairwise(times)]
    assert times[:10] == list(range(1, 11))
    assert gaps == sorted(gaps)
    assert gaps[-1] == 60
    assert len(times) < 100


def test_what_failed_what_was_tried_again_and_what_straggles_is_said(capsys: Any) -> None:
    task = TaskId("run", 0, "map", 0)
    schedule: list[tuple[float, Event | None]] = [
        (0.0, STARTED),
        (0.0, started(0)),
        (5.0, TaskFinished(task, None, WorkerLost("gone"), "failed")),
        (5.0, TaskStarted(TaskId("run", 0, "map", 0, 1))),
        (9.0, TaskStarted(TaskId("run", 0, "map", 0, 2), backup=True)),
        (9.0, TICK),
        (9.5, FINISHED),
    ]
    assert lines_of(schedule, capsys)[1:] == [
        "map WordCount: 0/4 tasks, 2 running, 1 failed, 1 retried, 1 backup, 0:09 passed",
        "map WordCount: 0/4 tasks, 0 records, 0 B, 9.50 s, 1 attempt failed",
    ]


def test_the_time_that_is_left_is_said_when_there_is_a_basis_for_it(capsys: Any) -> None:
    schedule: list[tuple[float, Event | None]] = [(0.0, STARTED), (0.0, started(0)), (10.0, done(0)), (10.0, TICK)]
    assert lines_of(schedule, capsys)[-1].endswith("1 records/s, 100 B/s, 0:30 left")


def test_a_task_that_is_cut_counts_as_two(capsys: Any) -> None:
    cut = TaskCut(TaskId("run", 0, "map", 3), (4, 5))
    finished = [done(number) for number in (0, 1, 2, 4, 5)]
    lines = lines_of([(0, STARTED), (0.1, cut), *((0.2, event) for event in finished), (0.3, FINISHED)], capsys)
    assert lines[-1] == "map WordCount: 5/5 tasks, 50 records, 5 kB, 0.30 s"


def test_verbose_has_a_line_for_each_task(capsys: Any) -> None:
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


def test_steps_before_the_tasks_are_all_said_and_behind_them_those_of_a_run_that_takes_time(capsys: Any) -> None:
    quick: list[tuple[float, Event | None]] = [
        (0.0, Step("building the bundle")),
        (0.1, Step("uploading 1.0 MB")),
        (0.2, STARTED),
        (0.3, FINISHED),
        (0.3, Step("finishing")),
    ]
    assert [line for line in lines_of(quick, capsys) if ":" not in line] == ["building the bundle", "uploading 1.0 MB"]
    assert lines_of([(0.0, STARTED), (5.0, FINISHED), (6.0, Step("finishing"))], capsys)[-1] == "finishing"


@pytest.mark.parametrize(
    "event", [RunStarted("run", "inline", ".", 1, 1, 1), started(0), done(0), RunFinished("run", 1.0)], ids=str
)
def test_what_belongs_to_no_phase_says_nothing(event: Event, capsys: Any) -> None:
    assert lines_of([(0.0, event), (5.0, TICK)], capsys) == []


def test_a_run_that_is_over_is_told_of_no_more(capsys: Any) -> None:
    schedule: list[tuple[float, Event | None]] = [(0.0, STARTED), (1.0, RunFinished("run", 1.0)), (5.0, TICK)]
    assert len(lines_of(schedule, capsys)) == 1
