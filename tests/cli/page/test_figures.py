from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.cli.page.figures import BINS, Partitions, partitions, series, spread
from corral_core.cli.page.timeline import Timeline
from tests.report.conftest import Made, decoded, made


@given(st.floats(0, BINS), st.floats(0, BINS), st.floats(0, 1e6))
def test_what_is_spread_stays_as_much(one: float, other: float, amount: float) -> None:
    values = [0.0] * BINS
    spread(values, min(one, other), max(one, other), amount)
    assert sum(values) == pytest.approx(amount, rel=1e-6, abs=1e-6)


def test_it_lies_where_it_happened() -> None:
    values = [0.0] * BINS
    spread(values, 1.5, 3.0, 3.0)
    assert values[:5] == [0.0, 1.0, 2.0, 0.0, 0.0]


def test_a_series_adds_up_to_what_was_read() -> None:
    report = decoded(made(400))
    timeline = Timeline(report)
    found, step = series(timeline), timeline.seconds / BINS
    for phase in ("map", "reduce"):
        read = sum(row.records_in for row in timeline.rows if row.outcome == "won" and row.phase == phase)
        assert sum(found.records[phase]) * step == pytest.approx(read, rel=1e-3)
    assert max(found.memory) == max(row.peak_memory for row in timeline.rows)
    assert max(found.running) == pytest.approx(40, abs=0.5)


def test_partitions_are_what_reducers_read() -> None:
    report = decoded(made(100, reducers=8))
    (part,) = partitions(report, Timeline(report))
    assert part.numbers == list(range(8))
    assert (part.largest, part.ratio) == (3, 5.0)


def test_mappers_that_end_a_run_early_are_no_partitions() -> None:
    run = Made()
    run.start()
    run.phase("map", 20, 4)
    report = decoded(run.report(KeyboardInterrupt(), outputs=[]))
    assert partitions(report, Timeline(report)) == []


def test_there_is_no_ratio_to_nothing() -> None:
    assert Partitions(0, "", "", [0, 1, 2], [0, 0, 9], [0, 0, 1]).ratio is None
