"""The line on a terminal, at every width."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from corral_core.cli.barline import BarLine, StepLine
from corral_core.cli.tally import Tally
from corral_core.errors import Throttled, WorkerLost
from corral_core.events import PhaseStarted, TaskFinished, TaskStarted
from corral_core.tasks import Done, Stats, TaskId


def busy(name: str = "WordCount", tasks: int = 10_000, done: int = 1_234) -> Tally:
    """A phase after 30 seconds in which everything has happened once."""
    tally = Tally(PhaseStarted(0, name, "map", tasks, tasks * 1_000_000), 0.0)
    for index in range(done + 12):
        task = TaskId("run", 0, "map", index)
        tally.start(TaskStarted(task, backup=index == done + 11))
        if index < done:
            tally.finish(TaskFinished(task, Done(task, Stats(29_000, 1_000_000), {})), 30.0)
    for error in (WorkerLost("gone"), Throttled("wait")):
        tally.finish(TaskFinished(TaskId("run", 0, "map", done), None, error, "failed"), 30.0)
        tally.start(TaskStarted(TaskId("run", 0, "map", done, 1)))
    return tally


def drawn(tally: Tally, width: int, now: float = 30.0, encoding: str = "utf-8") -> str:
    file = StringIO()
    console = Console(file=file, width=width, no_color=True, legacy_windows=False)
    # A StringIO has no encoding to tell.
    options = console.options.copy()
    options.encoding = encoding
    lines = console.render_lines(BarLine(tally, now), options, pad=False)
    (line,) = ["".join(segment.text for segment in line) for line in lines]
    return line.rstrip()


def test_a_wide_terminal_has_all_figures() -> None:
    line = drawn(busy(), 150)
    figures = "12 running 1 failed 1 retried 1 throttled 1 backup 1.2 M records/s 41.1 MB/s 3:34 left"
    assert line.startswith("map WordCount ")
    assert line.endswith(f" 1,234/10,000 {figures}")


@pytest.mark.parametrize(
    ("width", "kept"),
    [(80, ("map WordCount", "1,234/10,000", "1 failed", "12 running", "3:34 left")), (40, ("1,234/10,000", "3:34"))],
    ids=["80", "40"],
)
def test_a_narrow_one_keeps_what_matters_most(width: int, kept: tuple[str, ...]) -> None:
    line = drawn(busy(), width)
    assert [part for part in kept if part not in line] == []


@given(
    st.integers(1, 200),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Mn", "Me", "Zl", "Zp", "Co", "Cn"]), max_size=60),
    st.integers(0, 10**7),
    st.integers(0, 30),
)
def test_it_is_one_line_that_fits_whatever_it_says(width: int, name: str, tasks: int, done: int) -> None:
    tally = busy(name, tasks, min(done, tasks))
    assert cell_len(drawn(tally, width, 1_000_000.0)) <= max(width, 1)


def test_an_encoding_without_boxes_has_bars_all_the_same() -> None:
    line = drawn(busy(done=5_000), 100, encoding="ascii")
    assert line.isascii()
    assert "---" in line


def test_a_phase_without_tasks_is_drawn_as_done() -> None:
    tally = Tally(PhaseStarted(0, "WordCount", "reduce", 0, 0), 0.0)
    assert "0/0" in drawn(tally, 80)


def test_a_step_shows_its_seconds_and_keeps_them_if_it_took_some() -> None:
    step = StepLine("building the bundle", 10.0)
    assert step.at(75.0).plain == "building the bundle  1:05"
    assert step.finished(10.5) == "building the bundle"
    assert step.finished(75.0) == "building the bundle, 1 min 5 s"
