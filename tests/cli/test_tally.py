"""What is counted of a phase, and what is said of the time that is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.cli.tally import Tally
from corral_core.errors import Throttled, WorkerLost
from corral_core.events import Outcome, PhaseStarted, TaskFinished, TaskStarted
from corral_core.tasks import Done, Stats, TaskId


def tally(tasks: int = 4, size: int = 4000, done: int = 0) -> Tally:
    return Tally(PhaseStarted(0, "WordCount", "map", tasks, size, done), 100.0)


def start(tally: Tally, index: int, attempt: int = 0, *, backup: bool = False) -> None:
    tally.start(TaskStarted(TaskId("run", 0, "map", index, attempt), backup))


def win(tally: Tally, index: int, now: float, *, size: int = 1000, outcome: Outcome = "won") -> None:
    task = TaskId("run", 0, "map", index)
    tally.finish(TaskFinished(task, Done(task, Stats(10, size), {}), None, outcome), now)


def fail(tally: Tally, index: int, error: Exception, attempt: int = 0) -> None:
    tally.finish(TaskFinished(TaskId("run", 0, "map", index, attempt), None, error, "failed"), 101.0)


def test_tasks_are_running_until_they_are_done() -> None:
    counted = tally()
    for index in range(3):
        start(counted, index)
    win(counted, 1, 101.0)
    assert (counted.done, counted.running, counted.records, counted.bytes) == (1, 2, 10, 1000)


def test_what_an_earlier_driver_did_is_done_and_tells_nothing_of_the_speed() -> None:
    counted = tally(done=2)
    assert (counted.done, counted.rates(110.0)) == (2, None)
    start(counted, 2)
    win(counted, 2, 110.0)
    assert (counted.done, counted.rates(110.0)) == (3, (1.0, 100.0))


def test_a_failed_attempt_and_its_next_are_counted_and_throttling_is_no_failure() -> None:
    counted = tally()
    start(counted, 0)
    fail(counted, 0, WorkerLost("gone"))
    start(counted, 1)
    assert (counted.failed, counted.retried) == (1, 0)
    start(counted, 0, 1)
    fail(counted, 0, Throttled("too many"), attempt=1)
    start(counted, 0, 2)
    assert (counted.failed, counted.retried, counted.throttled, counted.running) == (1, 1, 1, 2)


def test_a_backup_runs_until_it_is_over() -> None:
    counted = tally()
    start(counted, 3)
    start(counted, 3, 1, backup=True)
    assert (counted.backups, counted.running) == (1, 2)
    win(counted, 3, 110.0)
    counted.finish(TaskFinished(TaskId("run", 0, "map", 3, 1), None, outcome="cancelled"), 110.0)
    assert (counted.backups, counted.running, counted.done) == (0, 0, 1)


def test_a_late_answer_counts_once() -> None:
    counted = tally()
    start(counted, 0)
    start(counted, 0, 1, backup=True)
    win(counted, 0, 101.0)
    win(counted, 0, 102.0, outcome="late")
    assert (counted.done, counted.records) == (1, 10)


def test_a_task_that_is_cut_is_two() -> None:
    counted = tally()
    counted.cut()
    assert counted.tasks == 5


def test_no_time_is_told_before_as_many_tasks_have_ended_as_run_at_once() -> None:
    counted = tally(tasks=10, size=10_000)
    for index in range(3):
        start(counted, index)
    for index in range(2):
        win(counted, index, 110.0)
        assert counted.left(110.0) is None
    win(counted, 2, 110.0)
    assert counted.left(110.0) == pytest.approx(70 / 3)


def test_the_time_left_goes_by_bytes_and_runs_down() -> None:
    counted = tally(tasks=2, size=10_000)
    start(counted, 0)
    win(counted, 0, 110.0, size=2500)
    assert counted.left(110.0) == pytest.approx(30.0)
    assert counted.left(125.0) == pytest.approx(15.0)


@pytest.mark.parametrize("now", [140.0, 1000.0])
def test_a_time_that_was_wrong_is_not_told_any_more(now: float) -> None:
    counted = tally(tasks=2, size=10_000)
    start(counted, 0)
    win(counted, 0, 110.0, size=2500)
    assert counted.left(now) is None


def test_the_first_seconds_tell_nothing() -> None:
    counted = tally()
    start(counted, 0)
    win(counted, 0, 100.5)
    assert counted.left(100.5) is None


def test_without_bytes_the_tasks_tell_the_time() -> None:
    counted = tally(size=0)
    start(counted, 0)
    win(counted, 0, 110.0, size=0)
    assert counted.left(110.0) == pytest.approx(30.0)


@given(st.lists(st.sampled_from(["start", "win", "fail", "late"]), max_size=60))
def test_counts_never_lie(actions: list[str]) -> None:
    counted, now = tally(tasks=100, size=100_000), 100.0
    running: list[int] = []
    won = 0
    for number, action in enumerate(actions):
        now += 0.5
        if action == "start" or not running:
            start(counted, number)
            running.append(number)
        elif action == "fail":
            fail(counted, running.pop(), WorkerLost("gone"))
        else:
            win(counted, running.pop(), now, outcome="won" if action == "win" else "late")
            won += action == "win"
        left = counted.left(now)
        assert left is None or left > 0
        assert (counted.running, counted.done) == (len(running), won)
