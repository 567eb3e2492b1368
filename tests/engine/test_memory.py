from __future__ import annotations

from corral_core.engine.memory import Budget, peak, resident


def test_the_process_knows_its_size_and_its_peak() -> None:
    assert 2**20 < resident() <= peak() + 2**20


def test_resident_memory_grows_with_what_is_held() -> None:
    before = resident()
    held = bytearray(b"x") * (64 * 2**20)
    assert resident() - before > len(held) // 2


def test_a_budget_counts_from_where_the_task_began() -> None:
    now = [1000]
    budget = Budget(100, lambda: now[0])
    now[0] = 1100
    assert not budget.exceeded()
    now[0] = 1101
    assert budget.exceeded()


def test_memory_that_the_process_kept_is_no_reason_to_spill_again_at_once() -> None:
    now = [1000]
    budget = Budget(100, lambda: now[0])
    now[0] = 1101
    budget.released()
    assert not budget.exceeded()
    now[0] = 1127
    assert budget.exceeded()


def test_memory_that_was_given_back_is_there_to_use_again() -> None:
    now = [1000]
    budget = Budget(100, lambda: now[0])
    now[0] = 1150
    budget.released()
    now[0] = 1000
    budget.released()
    now[0] = 1100
    assert not budget.exceeded()
    now[0] = 1101
    assert budget.exceeded()
