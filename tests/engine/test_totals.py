from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.totals import Totals, phase_stats
from corral_core.tasks import Done, Output, Stats, TaskId

numbers = st.integers(0, 10**12)
requests = st.dictionaries(st.sampled_from(["GET", "PUT"]), st.integers(1, 10**6))
stats = st.builds(
    Stats, numbers, numbers, numbers, numbers, numbers, st.integers(0, 100).map(float), numbers, requests=requests
)
counters = st.dictionaries(st.sampled_from("abc"), numbers)
answers = st.lists(st.builds(Done, st.just(TaskId("run", 0, "map", 0)), stats, counters))


@given(answers)
def test_a_phase_is_its_tasks_added_up_and_the_largest_of_their_peaks(done: list[Done]) -> None:
    total = phase_stats(done)
    asked = [Counter(answer.stats.requests) for answer in done]
    assert total.requests == sum(asked, start=Counter())
    for name in set(Stats.__struct_fields__) - {"requests"}:
        values = [getattr(answer.stats, name) for answer in done]
        assert getattr(total, name) == (max(values, default=0) if name == "peak_memory" else sum(values))


@given(st.lists(answers, min_size=1))
def test_a_run_read_what_its_first_phase_read_and_wrote_what_its_outputs_hold(phases: list[list[Done]]) -> None:
    totals = Totals()
    for phase in phases:
        totals.add(phase)
    outputs = [Output("output-0", 5, 2, ""), Output("output-1", 7, 3, "")]
    stats, each = totals.stats(outputs), [phase_stats(phase) for phase in phases]
    assert (stats.records_in, stats.bytes_in) == (each[0].records_in, each[0].bytes_in)
    assert (stats.records_out, stats.bytes_out) == (5, 12)
    assert stats.spills == sum(one.spills for one in each)
    assert stats.peak_memory == max(one.peak_memory for one in each)
    assert stats.requests == sum((Counter(one.requests) for one in each), start=Counter())


@given(st.lists(answers))
def test_counters_add_up_over_all_tasks_and_stand_in_order(phases: list[list[Done]]) -> None:
    totals = Totals()
    for phase in phases:
        totals.add(phase)
    every = [answer.counters for phase in phases for answer in phase]
    names = sorted({name for one in every for name in one})
    assert list(totals.counters.items()) == [(name, sum(one.get(name, 0) for one in every)) for name in names]
