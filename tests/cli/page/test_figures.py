from __future__ import annotations

import pytest

from corral_core.cli.page.curves import BINS
from corral_core.cli.page.figures import Partitions, partitions, series
from corral_core.cli.page.timeline import Timeline
from tests.report.conftest import Made, decoded, made


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
