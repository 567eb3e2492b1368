"""The crew, without processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from corral_local_process.crew import Crew

if TYPE_CHECKING:
    from corral_local_process.task import PoolTask


@dataclass(eq=False)
class Worker:
    task: PoolTask | None = field(default=None)
    ready: bool = False


def fail() -> Worker:
    raise OSError("no more processes")


def test_no_more_than_its_size() -> None:
    crew = Crew(2, Worker)
    assert [crew.take() is None for _ in range(3)] == [False, False, True]


def test_a_free_worker_comes_before_a_new_one() -> None:
    crew = Crew(2, Worker)
    worker = crew.take()
    assert worker is not None
    crew.give_back(worker)
    assert crew.take() is worker


def test_a_removed_worker_leaves_room_and_is_not_given_out_again() -> None:
    crew = Crew(1, Worker)
    worker = crew.take()
    assert worker is not None
    crew.give_back(worker)
    crew.remove(worker)
    assert crew.take() not in (None, worker)


def test_three_failed_starts_in_a_row_are_the_end() -> None:
    starts = []

    def start() -> Worker:
        starts.append(1)
        return Worker()

    crew = Crew(9, start)
    for _ in range(5):
        worker = crew.take()
        if worker is not None:
            crew.remove(worker)
            crew.failed_start("died")
    assert len(starts) == 3


def test_a_worker_that_comes_up_forgives_failed_starts() -> None:
    crew = Crew(9, Worker)
    good = crew.take()
    assert good is not None
    for _ in range(2):
        crew.failed_start("died")
    crew.is_ready(good)
    crew.failed_start("died")
    assert crew.take() is not None


def test_a_system_that_starts_nothing_is_no_exception() -> None:
    crew = Crew(1, fail)
    assert crew.take() is None
    assert "no more processes" in crew.trouble


@given(st.integers(1, 4), st.lists(st.sampled_from(["take", "give back", "lose"])))
def test_whatever_happens_no_worker_has_two_tasks(size: int, steps: list[str]) -> None:
    crew = Crew(size, Worker)
    busy: list[Worker] = []
    for step in steps:
        if step == "take":
            worker = crew.take()
            assert (worker is None) == (len(busy) == size)
            assert worker not in busy
            busy += [worker] if worker else []
        elif busy:
            worker = busy.pop(0)
            crew.give_back(worker) if step == "give back" else crew.remove(worker)
        assert len(crew.workers) <= size
        assert crew.workers.issuperset(busy)
