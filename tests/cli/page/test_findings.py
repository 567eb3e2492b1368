from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.cli.page.figures import Partitions, partitions
from corral_core.cli.page.findings import findings, skew_text
from corral_core.cli.page.timeline import Timeline
from tests.report.conftest import Made, decoded, made

if TYPE_CHECKING:
    from corral_core.report.api import Report


def told(report: Report) -> str:
    timeline = Timeline(report)
    return "\n".join(findings(report, timeline, partitions(report, timeline)))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([10, 10, 11], "Stage 0 is even: its largest partition, 2, has 11 B, 1.10 times the median of 10 B."),
        ([10, 42, 10], "Stage 0 is uneven: partition 1 has 42 B, 4.2 times the median of 10 B."),
        ([43], "Stage 0 has one partition, of 43 B."),
        ([0, 0, 5], "Stage 0: partition 2 is the largest with 5 B; most have nothing."),
    ],
    ids=["even", "uneven", "one", "empty"],
)
def test_skew_is_said_in_words(sizes: list[int], words: str) -> None:
    assert skew_text(Partitions(0, "", "read by each reducer", list(range(len(sizes))), sizes, sizes)) == words


def test_what_failed_what_was_slow_and_what_is_uneven_stands_out() -> None:
    words = told(decoded(made(600)))
    assert "of them failed" in words
    assert "partition 3 has 5 MB, 5.0 times the median" in words
    assert "times the median of its phase" in words


def test_a_run_in_which_nothing_happened_has_nothing_to_tell() -> None:
    run = Made()
    run.start()
    run.phase("map", 4, 4, failing=0.0)
    report = decoded(run.report())
    for row in range(4):
        report.attempts.seconds[row] = (report.attempts.ended[row] or 0) - (report.attempts.began[row] or 0)
    assert told(report) == ""


def test_small_tasks_and_spills_are_named_with_their_settings() -> None:
    report = decoded(made(200))
    report.attempts.seconds = [0.002] * len(report.attempts.seconds)
    report.attempts.spills[report.attempts.outcome.index("won")] = 3
    words = told(report)
    assert "splitSize and mapBinSize" in words
    assert "more taskMemory" in words
    assert "was not work" in words
