from __future__ import annotations

from corral_core.engine.journal import Claimed, Cut
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
