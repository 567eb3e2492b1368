"""``corral plan`` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.cli.outlook import plan_text
from corral_core.planning.api import Inputs, Memory, Outlook, PhaseOutlook, Plan, StageOutlook, Table
from corral_core.prices import CostItem

if TYPE_CHECKING:
    from pathlib import Path

CORRAL = [sys.executable, "-m", "corral_core"]


def call(here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CORRAL, "plan", *arguments], cwd=here, capture_output=True, text=True, check=False)


def test_a_plan_goes_to_stdout_and_writes_nothing(here: Path) -> None:
    before = sorted(here.rglob("*"))
    done = call(here, "job.py", "in.txt", "-o", "out", "--executor", "inline", "--reducers", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert [path for path in sorted(here.rglob("*")) if "__pycache__" not in path.parts] == before
    lines = done.stdout.splitlines()
    assert lines[0] == "executor      inline, up to 1 task at once"
    assert lines[1] == "input         1 file, 8 B"
    assert lines[4].startswith("memory        512 MiB a task, 512 MiB for all at once")
    assert "stage 0, mapper" in lines
    assert any(line.startswith("  map         1 task in 1 wave, ") for line in lines)
    assert any(line.startswith("  reduce      3 tasks in 3 waves, ") for line in lines)
    assert "cost" not in done.stdout


def test_a_sample_runs_the_job_and_its_prints_are_no_part_of_the_plan(here: Path) -> None:
    (here / "job.py").write_text("print('loaded')\n" + (here / "job.py").read_text())
    done = call(here, "job.py", "in.txt", "-o", "out", "--executor", "inline", "--sample", "100%", "--json")
    assert done.returncode == 0
    plan = json.loads(done.stdout)
    assert plan["version"] == 1
    assert plan["sampled"]["records"] == 2
    assert plan["low"]["stages"][0]["bytes_out"] == len("a\t1\nb\t2\nc\t1\n")
    assert "loaded" in done.stderr
    assert not (here / "out").exists()


def test_an_error_of_the_job_is_shown_as_in_a_run(here: Path) -> None:
    (here / "in.txt").write_text("a b\nboom\n")
    done = call(here, "job.py", "in.txt", "-o", "out", "--executor", "inline", "--sample", "1MB")
    assert done.returncode == 1
    first, *rest = done.stderr.splitlines()
    assert first.startswith("corral: stage 0 map 0 failed at ")
    assert "in.txt, byte 4 (record 'boom'): ValueError: boom is no word" in first
    assert any("job.py" in line for line in rest)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["job.py"], "no input: name at least one file"),
        (["job.py", "in.txt", "--sample", "much"], "--sample much is neither a share such as 1% nor a size such as"),
        (["job.py", "in.txt", "--sample", "101%"], "--sample 101% is neither a share"),
        (["job.py", "in.txt", "--lambda", "--executor", "inline"], "--lambda and --executor inline ask for two"),
        (["job.py", "in.txt", "--prices", "s3.gett=1"], "there is no price 's3.gett'; did you mean s3.get? (from flag"),
        ([], "no job given; try: corral plan job.py in.txt --out result/"),
    ],
)
def test_what_can_not_be_planned_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, here: Path, corral: Any
) -> None:
    outcome = corral("plan", *arguments)
    assert outcome.code == 2
    assert sentence in outcome.sentence


def test_whoever_reads_only_the_first_line_sees_no_traceback(here: Path) -> None:
    read, write = os.pipe()
    os.close(read)  # as head does when it has seen enough
    command = [*CORRAL, "plan", "job.py", "in.txt", "--executor", "inline"]
    done = subprocess.run(command, cwd=here, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_help_has_the_flags_of_a_run_and_its_own(corral: Any) -> None:
    outcome = corral("plan", "--help")
    assert outcome.code == 0
    assert all(flag in outcome.out for flag in ("--sample", "--json", "--reducers", "--lambda", "--out"))


def outlook(scale: int) -> Outlook:
    map_phase, reduce_phase = PhaseOutlook(1200, 12, 60.0 * scale), PhaseOutlook(512, 6, 20.0 * scale)
    stage = StageOutlook("words", 10**12, 12_000, "single", 10**10 * scale, 10**9, map_phase, reduce_phase)
    cost = CostItem("lambda.gb-second", 61_500.5 * scale, "GB-seconds", 0.0000166667, 1.025 * scale)
    requests = {"GET": 700_000, "PUT": 1712 * scale}
    return Outlook((stage,), 1712, 80.0 * scale, 7000.0 * scale, requests, {"LIST": 6}, (cost,), 1.025 * scale)


def test_a_large_plan_fits_in_80_columns() -> None:
    plan = Plan(
        executor="lambda",
        location="s3://bucket/out",
        intermediate="s3://bucket/out/_corral",
        inputs=Inputs(1000, 10**12, 10, 10**9),
        slots=100,
        memory=Memory(2**29, 100 * 2**29, None),
        low=outlook(1),
        high=outlook(7),
        sampled=None,
        assumptions=("a task takes 0.05 to 0.6 s beside its data", "a core maps 10 to 50 MB of input a second"),
        warnings=("outputs are there already: choose another --out, or replace them with --overwrite",),
        prices=(Table("AWS Lambda in us-east-1", "2025", "https://aws.amazon.com/lambda/pricing/"),),
    )
    text = plan_text(plan)
    assert max(map(len, text.splitlines())) <= 80
    assert "lambda.gb-second  61,500 to 430,504 GB-seconds  0.0000166667  1.02 to 7.17" in text
    assert "never compared with a real invoice" in text
    assert "Data transfer, storage at rest, free" in text
