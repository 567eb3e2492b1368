from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.badlimit import BadRecordLimit
from corral_core.tasks import DeadLetters, Done, Stats, TaskId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


def winner(index: int, bad: int, good: int = 0, *, stage: int = 0, attempt: int = 0) -> Done:
    letters = DeadLetters("bad", 1, bad, "crc32:00000000", f"ValueError: {stage}-{index}") if bad else None
    task = TaskId("run", stage, "map", index, attempt)
    return Done(task, Stats(records_in=good, bad_records=bad), {}, dead_letters=letters)


tasks = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=8)


@given(tasks, st.integers(1, 20), st.randoms())
def test_a_number_is_exceeded_at_the_same_sum_in_any_order(
    counts: list[tuple[int, int]], limit: int, random: Random
) -> None:
    done = [winner(index, bad, good) for index, (bad, good) in enumerate(counts)]
    random.shuffle(done)
    counting = BadRecordLimit(limit)
    errors = [counting.add(each) for each in done]
    sums = [sum(each.stats.bad_records for each in done[: n + 1]) for n in range(len(done))]
    first = next((n for n, error in enumerate(errors) if error is not None), None)
    assert first == next((n for n, total in enumerate(sums) if total > limit), None)
    assert counting.phase_ended(done) is None


def test_a_task_that_is_done_again_counts_once() -> None:
    counting = BadRecordLimit(5)
    assert not any(counting.add(winner(0, 3, attempt=attempt)) for attempt in range(4))
    assert counting.add(winner(1, 3)) is not None


@given(tasks, st.integers(1, 100))
def test_a_share_is_exact(counts: list[tuple[int, int]], percent: int) -> None:
    """As floats, 0.29 of 100 are less than 29, and 0.07 of 100 more than 7."""
    done = [winner(index, bad, good) for index, (bad, good) in enumerate(counts)]
    counting = BadRecordLimit(percent / 100)
    assert not any(map(counting.add, done))
    bad = sum(each.stats.bad_records for each in done)
    read = bad + sum(each.stats.records_in for each in done)
    assert (counting.phase_ended(done) is not None) == (bad * 100 > percent * read)


def outcome(limit: float, done: Sequence[Done]) -> str:
    counting = BadRecordLimit(limit)
    errors = [*map(counting.add, done), counting.phase_ended(done)]
    return "; ".join(str(error) for error in errors if error)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (4, "more bad records than maxBadRecords=4 allows (5 so far), first ValueError: 0-1: raise it, or mend"),
        (0.5, "more bad records than maxBadRecords=50% allows (5 of 9 in stage 0), first ValueError: 0-1: raise"),
    ],
    ids=["number", "share"],
)
def test_the_error_names_the_limit_and_the_first_in_the_order_of_the_input(limit: float, message: str) -> None:
    done = [winner(0, 0, 3), winner(1, 2), winner(2, 3, 1)]
    assert outcome(limit, done).startswith(message)
    assert outcome(5, done) == ""


def test_tasks_that_end_in_another_order_make_no_other_bad_record_the_first() -> None:
    assert "first ValueError: 0-1:" in outcome(4, [winner(2, 3), winner(1, 2)])


def test_a_share_that_is_exceeded_in_a_later_stage_names_a_bad_record_of_that_stage() -> None:
    share = BadRecordLimit(0.5)
    assert share.phase_ended([winner(0, 1, 9)]) is None
    assert "first ValueError: 1-3:" in str(share.phase_ended([winner(3, 2, 1, stage=1)]))


def test_a_number_holds_for_all_stages_together_and_a_share_for_each() -> None:
    stages = [[winner(0, 2, 2)], [winner(0, 2, 2, stage=1)]]
    number, share = BadRecordLimit(3), BadRecordLimit(0.5)
    assert [number.add(done) is None for (done,) in stages] == [True, False]
    assert [share.phase_ended(phase) for phase in stages] == [None, None]


def test_an_attempt_that_lost_is_not_counted_since_nobody_adds_it() -> None:
    """The caller adds winners only: a retried task counts with the attempt that won."""
    counting = BadRecordLimit(2)
    assert counting.add(winner(0, 2, attempt=3)) is None
    assert counting.add(winner(1, 0)) is None
    assert counting.phase_ended([]) is None
