"""The command as people run it, on inputs of a few kilobytes."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import runner
from benchmarks.__main__ import main
from benchmarks.contenders import Contender
from benchmarks.overhead import FORMS
from benchmarks.workloads.api import Workload

if TYPE_CHECKING:
    from collections.abc import Callable

WRITE = "import sys; open(sys.argv[2], 'w').write(sys.argv[1])"


def writer(name: str, text: str, **more: object) -> Contender:
    command: Callable[[Path], list[str]] = lambda answer: [sys.executable, "-c", WRITE, text, str(answer)]  # noqa: E731
    return Contender(name, command, **more)  # type: ignore[arg-type]  # a test's fields


def test_a_wrong_answer_is_named(tmp_path: Path) -> None:
    workload = Workload("writing", [writer("right", "a\n"), writer("wrong", "b\n"), writer("too", "a\n")])
    result = runner.run("writing", workload, 2, tmp_path, lambda _: None)
    assert result.wrong == ["wrong"]
    assert [len(row.seconds) for row in result.rows] == [2, 2, 2]
    assert list(tmp_path.iterdir()) == []


def test_a_round_runs_every_contender_before_the_next_begins(tmp_path: Path) -> None:
    told: list[str] = []
    workload = Workload("writing", [writer("one", "a\n"), writer("two", "a\n")])
    runner.run("writing", workload, 2, tmp_path, told.append)
    assert [line.rpartition(" ")[2] for line in told] == ["one", "two", "one", "two"]


def test_a_contender_that_is_not_installed_is_left_out_with_the_reason(tmp_path: Path) -> None:
    workload = Workload("writing", [writer("here", "a\n"), writer("gone", "a\n", needs="corral_no_such_module")])
    result = runner.run("writing", workload, 1, tmp_path, lambda _: None)
    assert result.left_out == {"gone": "corral_no_such_module is not installed"}


def test_ratios_are_of_time_per_unit_of_work(tmp_path: Path) -> None:
    workload = Workload("writing", [writer("one", "a\n"), writer("hundred", "a\n", units=100)])
    result = runner.run("writing", workload, 1, tmp_path, lambda _: None)
    one, hundred = result.rows
    assert hundred.ratio == pytest.approx(hundred.seconds[0] / 100 / one.seconds[0])


@pytest.mark.slow
def test_the_command_measures_checks_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["word-count", "amplab-2", "sort", "hot-key", "memory-sort", "memory-hot-key"]
    only = [part for name in names for part in ("--only", name)]
    sizes = ["--size", "0.05", "--memory", "0.2", "--rounds", "1", "--data", str(tmp_path / "data")]
    assert main([*sizes, *only, "--json", str(tmp_path / "figures.json")]) == 0
    document = json.loads((tmp_path / "figures.json").read_text())
    assert [workload["name"] for workload in document["workloads"]] == names
    assert not any(workload["wrong"] for workload in document["workloads"])
    ours = [row["name"] for workload in document["workloads"] for row in workload["rows"] if "corral" in row["name"]]
    assert len(ours) >= 4 + 1 + 1 + 1 + 2 + 2
    assert "Left out: Go corral, since no word_count of Go corral" in capsys.readouterr().out


def test_scale_is_of_phases_that_ended_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scale", "2000"]) == 0
    deciding, driver, recording = capsys.readouterr().out.split("\n\n")
    tasks, attempts, *_ = (int(cell.replace(",", "")) for cell in deciding.splitlines()[-1].split("|")[1:3])
    assert tasks == 2000
    assert 2000 < attempts < 2100
    count, microseconds, size = (float(cell.replace(",", "")) for cell in driver.splitlines()[-1].split("|")[1:4])
    assert count == 2000
    assert microseconds > 0
    assert size > 0
    count, *costs = (float(cell.replace(",", "")) for cell in recording.splitlines()[-1].split("|")[1:6])
    assert count == 2000
    assert min(costs) > 0


def test_a_corral_beside_itself_is_as_fast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As far as noise lets it be seen; what is tested is that both ran."""
    program = str(Path(sysconfig.get_path("scripts")) / "corral")
    assert main(["--beside", program, "--size", "0.01", "--rounds", "1", "--data", str(tmp_path)]) == 0
    assert [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines()[2:]] == list(FORMS)


@pytest.mark.slow
def test_a_straggler_costs_less_with_backups(capsys: pytest.CaptureFixture[str]) -> None:
    """Of what is measured only that it is: how much less is for quiet machines to say."""
    assert main(["--stragglers", "--rounds", "1"]) == 0
    ratios = [float(line.split("|")[2]) for line in capsys.readouterr().out.splitlines()[2:]]
    assert ratios[0] == 1
    assert all(ratio > 0 for ratio in ratios)
