from __future__ import annotations

from corral_core.engine.journal import Claimed, Cut, Renewed
from corral_core.engine.past import Past
from corral_core.engine.phase import Pieces
from corral_core.tasks import Done, Split, Stats, TaskId


def done(stage: int, phase: str, number: int, attempt: int = 0) -> Done:
    return Done(TaskId("run", stage, "map" if phase == "map" else "reduce", number, attempt), Stats(), {})


def test_a_new_run_has_none() -> None:
    past = Past()
    assert (past.done(0, "map"), past.cuts(0), past.claimed, len(past)) == ({}, {}, False, 0)


def test_tasks_are_told_apart_by_stage_phase_and_number() -> None:
    entries = [done(0, "map", 1), done(0, "reduce", 1), done(1, "map", 1)]
    past = Past(entries)
    assert [past.done(0, "map"), past.done(0, "reduce"), past.done(1, "map")] == [{1: entry} for entry in entries]
    assert past.done(1, "reduce") == {}
    assert len(past) == 3


def test_of_two_answers_to_one_task_the_later_holds() -> None:
    past = Past([done(0, "map", 1, 0), done(0, "map", 2), done(0, "map", 1, 1000)])
    assert past.done(0, "map")[1].id.attempt == 1000
    assert len(past) == 2


def test_what_a_stage_adds_counts() -> None:
    past = Past()
    past.done(0, "map")[3] = done(0, "map", 3)
    assert len(past) == 1


def test_cuts_and_the_claim_come_back() -> None:
    splits = ((Split("in", 0, 1, 2),), (Split("in", 1, 2, 2),))
    past = Past([Cut(1, 0, (4, 5), splits), Claimed()])
    assert past.cuts(1) == {0: Pieces((4, 5), splits)}
    assert past.cuts(0) == {}
    assert past.claimed


def test_what_read_lost_records_is_void_and_what_came_later_is_not() -> None:
    splits = ((Split("in", 0, 1, 2),), (Split("in", 1, 2, 2),))
    first, kept = done(0, "map", 0), done(1, "map", 5)
    past = Past([first, Cut(1, 0, (4, 5), splits), done(1, "map", 4), done(2, "map", 0), Renewed(0), kept])
    assert past.done(0, "map") == {0: first}
    assert past.done(1, "map") == {5: kept}
    assert past.done(2, "map") == {}
    assert past.cuts(1) == {}
