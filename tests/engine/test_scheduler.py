"""The scheduler's rules, one by one. Whatever happens in whatever order is for test_scheduler_simulation.py."""

from __future__ import annotations

from random import Random
from statistics import median_high
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.scheduler import (
    Bisect,
    Cancel,
    Command,
    Cut,
    End,
    Event,
    Failed,
    Fault,
    Gone,
    Interrupted,
    Policy,
    Scheduler,
    Started,
    Submit,
    Succeeded,
    Tick,
    Uncut,
)
from corral_core.engine.scheduling.stragglers import Durations
from corral_core.engine.scheduling.throttle import CAP, PATIENCE, backoff
from corral_core.errors import ExecutorUnavailable, TaskTimeout, WorkerLost

DONE = End(done=True)


class Phase:
    """A scheduler with a clock that stands still until the test moves it."""

    def __init__(
        self, tasks: int, limit: int = 10, *, seed: int = 0, session: dict[str, Any] | None = None, **policy: Any
    ) -> None:
        self.scheduler = Scheduler(tasks, Policy(limit, **policy), Random(seed), **session or {})
        self.now = 0.0

    def tell(self, event: Event, *, after: float = 0) -> list[Command]:
        self.now += after
        return self.scheduler.handle(event, self.now)

    def start(self) -> list[Command]:
        return self.tell(Started())

    def succeed(self, task: int, attempt: int = 0, *, after: float = 0) -> list[Command]:
        return self.tell(Succeeded(task, attempt), after=after)

    def fail(self, task: int, attempt: int = 0, fault: Fault = "place", *, after: float = 0) -> list[Command]:
        return self.tell(Failed(task, attempt, fault, error(task, attempt)), after=after)

    def sleep(self) -> list[Command]:
        """Until the scheduler wants to be woken."""
        wake = self.scheduler.wake
        assert wake is not None
        assert wake > self.now
        self.now = wake
        return self.tell(Tick())


class Told(Exception):
    """An error that an attempt failed with, equal to another of the same attempt."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.args == other.args

    __hash__ = Exception.__hash__


def error(task: int, attempt: int) -> Told:
    return Told(task, attempt)


def submits(*tasks: int) -> list[Submit]:
    """The first attempts at these tasks."""
    return [Submit(task, 0) for task in tasks]


def refuse_all(phase: Phase, commands: list[Command]) -> list[Command]:
    """The place refuses whatever is submitted, until something else than waiting and submitting is to be done."""
    while all(isinstance(command, Submit) for command in commands):
        refused = [command for command in commands if isinstance(command, Submit)]
        commands = [answer for one in refused for answer in phase.fail(one.task, one.attempt, "throttled")]
        commands = commands or phase.sleep()
    return commands


# ── slots ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tasks_start_in_order_as_slots_allow() -> None:
    phase = Phase(5, limit=2)
    assert phase.start() == submits(0, 1)
    assert phase.succeed(1) == submits(2)
    assert phase.succeed(0) == submits(3)
    assert phase.succeed(3) == submits(4)
    assert phase.succeed(2) == []
    assert phase.succeed(4) == [DONE]


def test_no_tasks_are_done_at_once() -> None:
    assert Phase(0).start() == [DONE]


def test_after_the_end_nothing_changes() -> None:
    phase = Phase(2)
    phase.start()
    assert phase.tell(Interrupted()) == [Cancel(0, 0), Cancel(1, 0), End(done=False)]
    events: list[Event] = [
        Started(),
        Tick(),
        Interrupted(),
        Succeeded(0, 0),
        Gone(1, 0),
        Failed(1, 0, "user", error(1, 0)),
    ]
    assert [phase.tell(event) for event in events] == [[]] * len(events)
    assert phase.scheduler.wake is None


def test_an_attempt_that_was_never_submitted_has_nothing_to_say() -> None:
    phase = Phase(3, limit=1)
    phase.start()
    events: list[Event] = [
        Succeeded(0, 1),
        Succeeded(1, 0),
        Succeeded(9, 0),
        Gone(2, 0),
        Failed(1, 0, "user", error(1, 0)),
    ]
    events += [Cut(0, (7, 8)), Uncut(0)]
    assert [phase.tell(event) for event in events] == [[]] * len(events)
    assert phase.succeed(0) == submits(1)


def test_a_second_answer_of_an_attempt_changes_nothing() -> None:
    phase = Phase(3, limit=1)
    phase.start()
    assert phase.succeed(0) == submits(1)
    assert phase.succeed(0) == []
    assert phase.fail(0, fault="user") == []
    assert phase.succeed(1) == submits(2)


# ── what is tried again ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_place_that_fails_is_tried_up_to_max_attempts() -> None:
    phase = Phase(1, max_attempts=3)
    phase.start()
    for attempt in (0, 1):
        assert phase.fail(0, attempt) == []
        assert phase.sleep() == [Submit(0, attempt + 1)]
    assert phase.fail(0, 2) == [End(done=False, error=error(0, 2), task=0)]


def test_a_retry_waits_without_a_slot_and_goes_before_fresh_tasks() -> None:
    phase = Phase(4, limit=1)
    phase.start()
    assert phase.fail(0) == submits(1)
    wake = phase.scheduler.wake
    assert wake is not None
    assert phase.tell(Tick(), after=wake) == []  # ready, and the slot is taken
    assert phase.succeed(1) == [Submit(0, 1)]
    assert phase.succeed(0, 1) == submits(2)


@pytest.mark.parametrize("failures", [1, 2, 5, 9, 10_000])
def test_backoff_is_anything_up_to_a_bound_that_doubles(failures: int) -> None:
    bound = min(30.0, 0.1 * 2 ** min(failures - 1, 64))
    waits = [backoff(failures, Random(seed)) for seed in range(500)]
    assert 0 <= min(waits) < bound / 20
    assert bound * 19 / 20 < max(waits) <= bound <= CAP


@pytest.mark.parametrize(("max_attempts", "tries"), [(1, 1), (2, 2), (4, 2), (9, 2)])
def test_the_user_s_code_gets_one_more_try(max_attempts: int, tries: int) -> None:
    phase = Phase(1, max_attempts=max_attempts)
    phase.start()
    for attempt in range(tries - 1):
        assert phase.fail(0, attempt, "user") == []
        assert phase.sleep() == [Submit(0, attempt + 1)]
    assert phase.fail(0, tries - 1, "user") == [End(done=False, error=error(0, tries - 1), task=0)]


def test_failures_of_the_user_s_code_count_whatever_lies_between() -> None:
    phase = Phase(1, max_attempts=9)
    phase.start()
    for attempt, fault in enumerate[Fault](("user", "place", "throttled", "place")):
        phase.fail(0, attempt, fault)
        assert phase.sleep() == [Submit(0, attempt + 1)]
    assert phase.fail(0, 4, "user") == [End(done=False, error=error(0, 4), task=0)]


def test_the_user_s_code_fails_the_run_at_once_when_the_attempts_are_used_up() -> None:
    phase = Phase(1, max_attempts=2)
    phase.start()
    phase.fail(0)
    phase.sleep()
    assert phase.fail(0, 1, "user") == [End(done=False, error=error(0, 1), task=0)]


def test_the_end_cancels_what_is_under_way() -> None:
    phase = Phase(3, max_attempts=1)
    phase.start()
    assert phase.fail(1) == [Cancel(0, 0), Cancel(2, 0), End(done=False, error=error(1, 0), task=1)]


def test_an_attempt_that_the_executor_dropped_unasked_is_lost() -> None:
    phase = Phase(1, max_attempts=2)
    phase.start()
    assert phase.tell(Gone(0, 0)) == []
    assert phase.sleep() == [Submit(0, 1)]
    [end] = phase.tell(Gone(0, 1))
    assert isinstance(end, End)
    assert isinstance(end.error, WorkerLost)


# ── throttling ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_being_throttled_uses_up_no_attempt_but_a_number() -> None:
    phase = Phase(1, max_attempts=1)
    phase.start()
    for attempt in range(20):
        assert phase.fail(0, attempt, "throttled") == []
        assert phase.sleep() == [Submit(0, attempt + 1)]
    assert phase.succeed(0, 20) == [DONE]


def test_a_burst_of_refusals_halves_admission_once_and_pauses_it() -> None:
    phase = Phase(100, limit=8)
    phase.start()
    assert [phase.fail(task, fault="throttled") for task in range(8)] == [[]] * 8
    assert phase.sleep() == [Submit(task, 1) for task in range(4)]


def test_refusals_at_the_new_pace_halve_it_again_down_to_one() -> None:
    phase = Phase(100, limit=8)
    commands: list[Command] = phase.start()
    for admitted in (8, 4, 2, 1, 1, 1):
        assert len(commands) == admitted
        for command in commands:
            assert isinstance(command, Submit)
            assert phase.fail(command.task, command.attempt, "throttled") == []
        commands = phase.sleep()


def test_admission_halves_what_was_under_way_not_what_was_allowed() -> None:
    phase = Phase(100, limit=16, session={"done": range(4, 100)})
    assert phase.start() == submits(0, 1, 2, 3)
    assert phase.fail(0, fault="throttled") == []
    assert phase.fail(1, fault="throttled") == []
    assert phase.sleep() == []  # two are under way still, and two is the new pace
    assert phase.succeed(2) == [Submit(0, 1)]


def test_admission_grows_with_successes_until_it_is_whole() -> None:
    phase = Phase(1000, limit=8, backup_factor=None)
    phase.start()
    for task in range(8):
        phase.fail(task, fault="throttled")
    flying = {(command.task, command.attempt) for command in phase.sleep() if isinstance(command, Submit)}
    most = [len(flying)]
    for _ in range(100):
        task, attempt = min(flying)
        flying.remove((task, attempt))
        flying |= {(one.task, one.attempt) for one in phase.succeed(task, attempt) if isinstance(one, Submit)}
        most.append(len(flying))
    assert most[:4] == [4, 4, 4, 4]
    assert most == sorted(most)
    assert most[-1] == 8


def test_pauses_grow_with_refusals_in_a_row() -> None:
    def pauses(seed: int) -> list[float]:
        phase, waits = Phase(1, seed=seed), []
        phase.start()
        for attempt in range(12):
            phase.fail(0, attempt, "throttled")
            before = phase.now
            phase.sleep()
            waits.append(phase.now - before)
        return waits

    longest = [max(waits) for waits in zip(*map(pauses, range(200)), strict=True)]
    assert longest == pytest.approx([min(CAP, 0.1 * 2**n) for n in range(12)], rel=0.1)


def test_a_place_that_refuses_everything_for_long_fails_the_run() -> None:
    phase = Phase(10, max_attempts=1)
    commands = refuse_all(phase, phase.start())
    assert isinstance(commands[-1], End)
    assert isinstance(commands[-1].error, Told)
    assert PATIENCE <= phase.now <= PATIENCE + CAP


def test_one_success_among_the_refusals_renews_patience() -> None:
    phase = Phase(2)
    commands = phase.start()
    while phase.now < PATIENCE - 2 * CAP:
        for command in commands:
            assert isinstance(command, Submit)
            phase.fail(command.task, command.attempt, "throttled")
        commands = phase.sleep()
    [admitted] = commands
    assert isinstance(admitted, Submit)
    commands = phase.succeed(admitted.task, admitted.attempt)
    renewed = phase.now
    commands = refuse_all(phase, commands or phase.sleep())
    assert isinstance(commands[-1], End)
    assert phase.now - renewed >= PATIENCE


# ── cutting ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["timeout", "memory"])
def test_a_task_that_is_too_much_is_replaced_by_its_pieces(fault: Fault) -> None:
    phase = Phase(3, limit=1)
    phase.start()
    assert phase.fail(0, fault=fault) == [Bisect(0, error(0, 0)), Submit(1, 0)]
    assert phase.tell(Cut(0, (3, 4))) == []
    assert phase.succeed(1) == submits(3)  # before the fresh ones
    assert phase.succeed(3) == submits(4)
    assert phase.fail(4, fault=fault) == [Bisect(4, error(4, 0)), Submit(2, 0)]
    assert phase.tell(Cut(4, (5, 6))) == []
    assert phase.succeed(2) == submits(5)
    assert phase.succeed(5) == submits(6)
    assert phase.succeed(6) == [DONE]


def test_a_task_that_can_t_be_cut_is_tried_again_as_it_is() -> None:
    phase = Phase(1, max_attempts=2)
    phase.start()
    assert phase.fail(0, fault="memory") == [Bisect(0, error(0, 0))]
    assert phase.tell(Uncut(0)) == []
    assert phase.sleep() == [Submit(0, 1)]
    assert phase.fail(0, 1, "memory") == [Bisect(0, error(0, 1))]
    assert phase.tell(Uncut(0)) == [End(done=False, error=error(0, 1), task=0)]


def test_pieces_have_attempts_of_their_own() -> None:
    phase = Phase(1, max_attempts=2)
    phase.start()
    phase.fail(0)
    phase.sleep()
    phase.fail(0, 1, "memory")
    assert phase.tell(Cut(0, (1, 2))) == submits(1, 2)
    assert phase.fail(1) == []
    assert phase.sleep() == [Submit(1, 1)]


def test_an_answer_to_bisect_counts_once() -> None:
    phase = Phase(1)
    phase.start()
    phase.fail(0, fault="memory")
    assert phase.tell(Cut(0, (1, 2))) == submits(1, 2)
    assert phase.tell(Cut(0, (3, 4))) == []
    assert phase.tell(Uncut(0)) == []
    phase.fail(1, fault="memory")
    assert phase.tell(Uncut(1)) == []
    rested = phase.scheduler.wake
    assert phase.tell(Uncut(1)) == []
    assert phase.tell(Cut(1, (3, 4))) == []
    assert phase.scheduler.wake == rested


# ── time-outs ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_attempt_that_takes_too_long_since_its_submission_is_cancelled() -> None:
    phase = Phase(2, timeout=10)
    phase.start()
    assert phase.scheduler.wake == 10
    phase.succeed(0, after=9)
    cancel, bisect = phase.sleep()
    assert cancel == Cancel(1, 0)
    assert isinstance(bisect, Bisect)
    assert isinstance(bisect.error, TaskTimeout)
    assert "within 10 s" in str(bisect.error)
    assert "taskTimeout" in str(bisect.error)
    assert phase.tell(Uncut(1)) == []
    assert phase.sleep() == [Submit(1, 1)]


@pytest.mark.parametrize(("can_cancel", "next_"), [(True, [Submit(1, 0)]), (False, [])])
def test_an_attempt_that_was_given_up_keeps_its_slot_unless_the_place_can_cancel(
    can_cancel: bool, next_: list[Command]
) -> None:
    phase = Phase(3, limit=1, timeout=10, can_cancel=can_cancel)
    phase.start()
    assert phase.sleep()[2:] == next_
    phase.tell(Cut(0, (3, 4)))
    assert phase.tell(Gone(0, 0)) == ([] if can_cancel else submits(3))


@pytest.mark.parametrize("answer", [Gone(0, 0), Succeeded(0, 0), Failed(0, 0, "user", error(0, 0))], ids=repr)
def test_whatever_an_attempt_of_a_task_that_was_cut_says_only_frees_its_slot(answer: Event) -> None:
    phase = Phase(1, limit=1, timeout=10)
    phase.start()
    phase.sleep()
    phase.tell(Cut(0, (1, 2)))
    assert phase.tell(answer) == submits(1)
    assert phase.succeed(1) == submits(2)


def test_a_failure_of_an_attempt_that_was_given_up_counts_once() -> None:
    phase = Phase(1, timeout=10, max_attempts=2)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    assert phase.fail(0) == []
    assert phase.sleep() == [Submit(0, 1)]


def test_a_late_success_counts_while_the_task_rests() -> None:
    phase = Phase(1, timeout=10)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    assert phase.succeed(0) == [DONE]


def test_nobody_wakes_for_a_task_that_was_done_while_it_rested() -> None:
    phase = Phase(2, limit=2, timeout=10, backup_factor=None)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    phase.tell(Cut(1, (2, 3)))
    assert phase.succeed(0) == submits(2)
    assert phase.scheduler.wake == 20


def test_a_late_success_counts_while_the_task_waits_for_a_slot() -> None:
    phase = Phase(2, limit=2, timeout=10)
    phase.start()
    phase.sleep()
    for task in (0, 1):
        phase.tell(Uncut(task))
    phase.tell(Tick(), after=1)
    assert phase.succeed(0) == [Submit(1, 1)]
    assert phase.succeed(1, 1) == [DONE]


def test_a_late_success_counts_while_the_task_is_under_way_again() -> None:
    phase = Phase(1, timeout=10)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    phase.sleep()
    assert phase.succeed(0) == [Cancel(0, 1), DONE]


def test_a_late_success_counts_before_bisect_is_answered() -> None:
    phase = Phase(2, timeout=10)
    phase.start()
    phase.succeed(1)
    phase.sleep()
    assert phase.succeed(0) == [DONE]


def test_slots_that_are_never_given_back_end_the_run() -> None:
    phase = Phase(3, limit=2, timeout=10)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    phase.tell(Uncut(1))
    while phase.now < 20:
        commands = phase.sleep()
    [end] = commands
    assert isinstance(end, End)
    assert isinstance(end.error, ExecutorUnavailable)
    assert "all slots are held by tasks that were given up after 10 s" in str(end.error)
    assert phase.now == 20


def test_a_slot_that_is_given_back_in_time_lets_the_run_go_on() -> None:
    phase = Phase(3, limit=2, timeout=10)
    phase.start()
    phase.sleep()
    phase.tell(Uncut(0))
    phase.tell(Uncut(1))
    assert phase.tell(Gone(0, 0), after=9) == [Submit(0, 1)]
    assert phase.tell(Tick(), after=5) == []
    assert phase.scheduler.wake == 29


# ── backups ────────────────────────────────────────────────────────────────────────────────────────────────────────


def straggling(tasks: int = 4, *, seconds: float = 10, **options: Any) -> Phase:
    """A phase whose last task is under way, where all others took so many seconds."""
    phase = Phase(tasks, limit=options.pop("limit", tasks), **options)
    phase.start()
    phase.now = seconds
    for task in range(tasks - 1):
        assert phase.succeed(task) == []
    return phase


def test_a_straggler_gets_a_backup_and_the_first_of_both_counts() -> None:
    phase = straggling()
    assert phase.scheduler.wake == pytest.approx(20, rel=0.05)
    assert phase.sleep() == [Submit(3, 1)]
    assert phase.succeed(3, 1, after=1) == [Cancel(3, 0), DONE]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"backup_factor": None}, "switched off"),
        ({"backup_factor": 0}, "switched off"),
        ({"max_attempts": 1}, "it would be one attempt too many"),
        ({"backup_fraction": 0.9}, "too few are done"),
    ],
)
def test_a_straggler_gets_no_backup(options: dict[str, Any], why: str) -> None:
    phase = straggling(**options)
    assert phase.tell(Tick(), after=1000) == []
    assert phase.scheduler.wake is None


def test_nobody_straggles_within_a_second() -> None:
    phase = straggling(seconds=0.01)
    assert phase.scheduler.wake == 1
    assert phase.sleep() == [Submit(3, 1)]


def test_a_task_that_is_heavier_is_given_more_time() -> None:
    phase = straggling(session={"weights": [100, 100, 100, 500]})
    assert phase.scheduler.wake == pytest.approx(100, rel=0.2)
    phase = straggling(session={"weights": [100, 100, 100, 10]})
    assert phase.scheduler.wake == pytest.approx(20, rel=0.05)


def test_weights_of_nothing_are_weights() -> None:
    phase = straggling(session={"weights": [0, 0, 0, 0]})
    assert phase.scheduler.wake == pytest.approx(20, rel=0.05)


def test_no_backup_takes_a_slot_that_a_task_waits_for() -> None:
    phase = Phase(9, limit=2, backup_fraction=0.1)
    phase.start()
    for task in range(1, 8):
        assert phase.succeed(task, after=1) == submits(task + 1)
    assert phase.succeed(8, after=1) == [Submit(0, 1)]


def test_no_backup_without_a_free_slot() -> None:
    phase = Phase(5, limit=2, backup_factor=1)
    phase.start()
    for task in (0, 1, 2):
        phase.succeed(task, after=2)
    assert phase.tell(Tick(), after=100) == []
    assert phase.scheduler.wake is None
    assert phase.succeed(3) == [Submit(4, 1)]


@pytest.mark.parametrize("fault", ["place", "user", "timeout", "memory"])
@pytest.mark.parametrize("loser", [0, 1])
def test_while_one_of_two_attempts_runs_the_other_s_failure_waits(fault: Fault, loser: int) -> None:
    phase = straggling(max_attempts=2)
    phase.sleep()
    assert phase.fail(3, loser, fault) == []
    assert phase.succeed(3, 1 - loser) == [DONE]


def test_when_both_fail_the_last_failure_decides() -> None:
    phase = straggling(max_attempts=2)
    phase.sleep()
    assert phase.fail(3, 0, "timeout") == []
    assert phase.fail(3, 1, "place") == [End(done=False, error=error(3, 1), task=3)]


def test_a_task_has_one_backup_at_a_time_and_another_when_it_failed() -> None:
    phase = straggling(max_attempts=3)
    phase.sleep()
    assert phase.tell(Tick(), after=1000) == []
    assert phase.fail(3, 1) == [Submit(3, 2)]
    assert phase.fail(3, 2) == []
    assert phase.tell(Tick(), after=1000) == []
    assert phase.fail(3, 0) == [End(done=False, error=error(3, 0), task=3)]


def test_a_backup_that_takes_over_may_have_a_backup() -> None:
    phase = straggling(max_attempts=3)
    phase.sleep()
    assert phase.fail(3, 0) == []
    assert phase.sleep() == [Submit(3, 2)]


def test_a_backup_that_was_refused_is_no_attempt() -> None:
    phase = straggling(max_attempts=2)
    phase.sleep()
    assert phase.fail(3, 1, "throttled") == []
    assert phase.tell(Tick(), after=CAP) == []  # the pace is one now
    assert phase.fail(3, 0) == []
    assert phase.sleep() == [Submit(3, 2)]


@given(st.lists(st.floats(0.001, 1e6), min_size=1), st.integers(0, 5))
def test_the_median_of_durations_is_nearly_right_at_any_time(seconds: list[float], every: int) -> None:
    durations = Durations()
    for count, duration in enumerate(seconds, 1):
        durations.add(duration)
        if count % (every + 1) == 0:
            assert durations.median() == pytest.approx(median_high(seconds[:count]), rel=0.046)
    assert durations.median() == pytest.approx(median_high(seconds), rel=0.046)


def test_there_is_no_median_of_nothing() -> None:
    assert Durations().median() is None


# ── going on with an earlier session's work ────────────────────────────────────────────────────────────────────────


def test_what_is_done_is_not_done_again() -> None:
    phase = Phase(4, session={"done": {0, 2}})
    assert phase.start() == submits(1, 3)
    phase.succeed(1)
    assert phase.succeed(3) == [DONE]


def test_all_is_done() -> None:
    assert Phase(2, session={"done": [0, 1]}).start() == [DONE]
    assert Phase(2, session={"done": [1, 3, 4, 5], "cut": {0: (2, 3), 2: (4, 5)}}).start() == [DONE]


def test_pieces_of_pieces_that_are_left_go_first() -> None:
    phase = Phase(3, session={"done": {3, 1}, "cut": {0: (3, 4), 4: (5, 6)}})
    assert phase.start() == submits(5, 6, 2)
    phase.succeed(5)
    phase.succeed(2)
    assert phase.succeed(6) == [DONE]


def test_what_was_done_before_counts_as_done_for_backups() -> None:
    phase = Phase(100, session={"done": range(98)})
    phase.start()
    assert phase.scheduler.wake is None  # nothing has been timed in this session
    phase.succeed(98, after=10)
    assert phase.sleep() == [Submit(99, 1)]
