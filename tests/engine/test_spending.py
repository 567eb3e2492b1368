from __future__ import annotations

from corral_core.engine.spending import Spending
from corral_core.engine.waste import Waste
from corral_core.errors import TaskFailedError, Throttled, WorkerLost
from corral_core.events import TaskFinished, TaskStarted
from corral_core.prices import Work
from corral_core.tasks import Done, Failed, Stats, TaskId


def task(index: int) -> TaskId:
    return TaskId("run", 0, "map", index)


def done(index: int, seconds: float, **requests: int) -> Done:
    return Done(task(index), Stats(seconds=seconds, requests=requests), {})


def failure(cause: Exception) -> TaskFailedError:
    error = TaskFailedError("failed", "stage 0 map 0")
    error.__cause__ = cause
    return error


def after(*events: TaskStarted | TaskFinished) -> Spending:
    """Events one second apart, from 0 on."""
    spending = Spending()
    for now, event in enumerate(events):
        spending.see(event, float(now))
    return spending


def test_winners_count_by_their_own_clock_and_waste_nothing() -> None:
    spending = after(TaskStarted(task(0)), TaskFinished(task(0), done(0, 0.25, GET=3)))
    assert spending.work(9.0) == Work(1, 0.25)
    assert spending.waste() == Waste()
    assert spending.requests == {"GET": 3}


def test_what_came_too_late_is_paid_for_with_its_requests() -> None:
    late = TaskFinished(task(0), done(0, 0.5, PUT=1), outcome="late")
    spending = after(TaskStarted(task(0)), late, TaskStarted(task(1)), TaskFinished(task(1), done(1, 2.0, PUT=1)))
    assert spending.work(9.0) == Work(2, 2.5)
    assert spending.waste() == Waste(1, 0.5)
    assert spending.requests == {"PUT": 2}


def test_a_failure_counts_from_its_submission_to_its_end() -> None:
    told = Failed(task(0), "user", "ValueError", "no")
    lost = TaskFinished(task(1), None, failure(WorkerLost("gone")), "failed")
    spending = after(TaskStarted(task(0)), TaskStarted(task(1)), TaskFinished(task(0), told, outcome="failed"), lost)
    assert spending.work(9.0) == Work(2, 4.0)
    assert spending.waste() == Waste(2, 4.0)


def test_calls_that_were_refused_and_those_called_off_cost_nothing() -> None:
    refused = TaskFinished(task(0), None, failure(Throttled("slow down")), "failed")
    spending = after(
        TaskStarted(task(0)), refused, TaskStarted(task(1)), TaskFinished(task(1), None, outcome="cancelled")
    )
    assert spending.work(9.0) == Work(0, 0.0)
    assert spending.waste() == Waste(2, 2.0)


def test_what_still_runs_when_the_run_ends_is_paid_for_until_then() -> None:
    assert after(TaskStarted(task(0))).work(5.0) == Work(1, 5.0)
