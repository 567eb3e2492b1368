"""A plan against the run that follows it."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver, Job, Sum
from corral_core.errors import InputError, TaskFailedError, UsageError
from corral_core.events import Observer, PhaseStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from corral_core.planning.api import Outlook, Plan

    Planned = Callable[..., Plan]

LINE = b"to be or not to be, that is the question\n"


def words(_key: str, line: str) -> list[tuple[str, int]]:
    return [(word, 1) for word in line.split()]


def swapped(word: str, number: int) -> Iterator[tuple[int, str]]:
    yield number, word


def total(word: str, ones: Any) -> Iterator[tuple[str, int]]:
    yield word, sum(ones)


def last(number: int, found: Any) -> Iterator[tuple[int, str]]:
    yield number, max(found)


COUNT = Job(words, Sum())


@pytest.fixture
def text(tmp_path: Path) -> str:
    """A thousand lines."""
    path = tmp_path / "in.txt"
    path.write_bytes(1000 * LINE)
    return str(path)


def tasks(outlook: Outlook) -> list[int]:
    return [phase.tasks for stage in outlook.stages for phase in (stage.map, stage.reduce) if phase is not None]


@pytest.mark.parametrize(
    "options",
    [{}, {"split_size": 1000}, {"split_size": 1000, "map_bin_size": 5000, "reducers": 7}, {"shuffle_layout": "single"}],
    ids=["default", "splits", "bins", "single"],
)
def test_the_plan_has_the_tasks_and_the_splits_that_the_run_then_has(
    options: dict[str, Any], text: str, tmp_path: Path, planned: Planned
) -> None:
    plan = planned(COUNT, [text], **options)
    assert not (tmp_path / "out").exists()
    phases = run_phases(COUNT, text, tmp_path, options)
    assert tasks(plan.low) == tasks(plan.high) == phases
    splits = 1000 * len(LINE) // 1000 if "split_size" in options else 1
    assert plan.low.stages[0].splits == splits
    assert plan.low.stages[0].layout == options.get("shuffle_layout", "files")


def run_phases(job: Job, text: str, tmp_path: Path, options: dict[str, Any]) -> list[int]:
    from corral_core.engine.run import run
    from corral_core.engine.source import source_of
    from corral_core.settings import load_settings

    seen: list[int] = []

    class Watch(Observer):
        def on_event(self, event: object) -> None:
            if isinstance(event, PhaseStarted):
                seen.append(event.tasks)

    options = {"executor": "inline", "working_location": str(tmp_path / "out"), **options}
    run(source_of(Driver(job)), [text], load_settings(options, env={}, cwd=tmp_path, home=tmp_path), [Watch()])
    return seen


def test_a_sample_of_all_shows_what_the_shuffle_and_the_outputs_come_to(
    text: str, tmp_path: Path, planned: Planned
) -> None:
    plan = planned(COUNT, [text], sample=1.0)
    result = Driver(COUNT, executor="inline", working_location=str(tmp_path / "out")).run(text)
    assert plan.sampled is not None
    assert (plan.sampled.bytes, plan.sampled.records) == (1000 * len(LINE), 1000)
    assert plan.low.stages[0].bytes_out == plan.high.stages[0].bytes_out == result.stats.bytes_out
    assert plan.low.seconds < plan.high.seconds


def test_stages_follow_one_another_through_a_sample(text: str, planned: Planned) -> None:
    plan = planned([Job(words, total), Job(swapped, last), Job(swapped)], [text], sample=1.0)
    one, two, three = plan.high.stages
    assert (one.bytes_out, two.bytes_out) == (two.bytes_in, three.bytes_in)
    assert three.reduce is None
    assert three.layout is None
    assert three.bytes_out > 0


def test_a_stage_to_which_nothing_comes_is_assumed(text: str, planned: Planned) -> None:
    plan = planned([Job(lambda _key, _line: [], total), Job(swapped, total)], [text], sample=1.0)
    assert len(plan.low.stages) == 2


def test_a_sample_leaves_nothing_behind(
    text: str, tmp_path: Path, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    planned(COUNT, [text], sample=1000, spill_directory=str(spill))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "spill"]
    assert list(spill.iterdir()) == []


def test_an_error_in_the_sample_is_told_as_in_a_run(text: str, planned: Planned) -> None:
    def mapper(_key: str, line: str) -> Iterator[tuple[str, int]]:
        yield line, int("no")

    with pytest.raises(TaskFailedError, match=rf"stage 0 map 0 failed at {re.escape(text)}, byte 0 .*ValueError: inv"):
        planned(Job(mapper, total), [text], sample=0.5)


def test_compressed_files_are_told_and_sampled_whole(text: str, tmp_path: Path, planned: Planned) -> None:
    packed = tmp_path / "more.txt.gz"
    packed.write_bytes(gzip.compress(1000 * LINE))
    plan = planned(COUNT, [str(packed)], sample=1)
    assert plan.inputs.compressed_files == 1
    assert plan.inputs.compressed_bytes == plan.inputs.bytes == packed.stat().st_size
    assert plan.sampled is not None
    assert plan.sampled.records == 1000
    assert any("compressed files hold" in each for each in planned(COUNT, [str(packed)]).assumptions)


def test_outputs_in_the_way_are_a_warning_since_a_plan_writes_none(text: str, tmp_path: Path, planned: Planned) -> None:
    Driver(COUNT, executor="inline", working_location=str(tmp_path / "out")).run(text)
    (warning,) = planned(COUNT, [text]).warnings
    assert "outputs are there already" in warning
    assert planned(COUNT, [text], overwrite=True).warnings == ()


def test_what_can_not_be_planned_is_refused(tmp_path: Path, planned: Planned, text: str) -> None:
    with pytest.raises(InputError, match="matches nothing"):
        planned(COUNT, [str(tmp_path / "nowhere")])
    with pytest.raises(UsageError, match="--resume goes on with a run that has its plan already"):
        planned(COUNT, [text], resume="latest")


def test_nothing_is_billed_here(text: str, planned: Planned) -> None:
    plan = planned(COUNT, [text])
    assert plan.prices == ()
    assert plan.low.cost == plan.high.cost == ()
    assert plan.low.requests == plan.low.driver_requests == {}


def test_an_empty_input_has_a_plan(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "empty").write_bytes(b"")
    plan = planned(COUNT, [str(tmp_path / "empty")], sample=0.01)
    assert tasks(plan.low) == [1, 1]
    assert plan.sampled is None
