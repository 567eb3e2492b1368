from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.cli.memprofile import memory_profile
from tests.cli.conftest import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

RUN = ("job.py", "in.txt", "--executor", "inline", "-o", "out", "--memprofile")


def test_a_profile_that_memray_reads_is_written(here: Path) -> None:
    pytest.importorskip("memray", reason="comes with corral-core[memprofile]")
    (here / "run.bin").write_text("an older profile")
    # In a process of its own: memray profiles a process once, and a coverage tracer would be in the profile.
    done = subprocess.run([*COMMAND, *RUN, "run.bin"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "memory profile of the driver and its tasks in run.bin" in done.stderr
    subprocess.run([sys.executable, "-m", "memray", "summary", "run.bin"], capture_output=True, check=True)


def test_the_allocations_of_local_workers_are_in_profiles_beside_it(here: Path) -> None:
    memray = pytest.importorskip("memray", reason="comes with corral-core[memprofile]")
    (here / "job.py").write_text(
        "from corral_core import Job\n"
        "def hoard():\n"
        "    return bytearray(50_000_000)\n"
        "def mapper(key, value):\n"
        "    held = hoard()\n"
        "    return [(value, len(held))]\n"
        "job = Job(mapper)\n"
    )
    run = ("job.py", "in.txt", "-o", "out", "--executor", "local-process", "--local-workers", "1")
    done = subprocess.run([*COMMAND, *run, "--memprofile", "run.bin"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "memory profiles: of the driver in run.bin, of 1 of its workers in run.bin.PID" in done.stderr

    def hoarded(path: Path) -> int:
        records = memray.FileReader(path).get_high_watermark_allocation_records(merge_threads=True)
        return sum(one.size for one in records if any(frame[0] == "hoard" for frame in one.stack_trace()))

    (worker,) = here.glob("run.bin.*")
    assert 50_000_000 <= hoarded(worker) < 60_000_000
    assert hoarded(here / "run.bin") == 0


def test_that_other_workers_are_not_in_it_is_said(here: Path, capsys: Any) -> None:
    pytest.importorskip("memray", reason="comes with corral-core[memprofile]")
    (here / "run.bin.12").write_text("of an earlier run")
    os.utime(here / "run.bin.12", (0, 0))
    with memory_profile("run.bin", "moon"):
        pass
    assert "of the driver in run.bin, without the workers of moon; look" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_refused_before_the_run(here: Path, corral: Any) -> None:
    pytest.importorskip("memray", reason="comes with corral-core[memprofile]")
    outcome = corral(*RUN, "nowhere/run.bin")
    assert outcome.code == 2
    assert "--memprofile can't write nowhere/run.bin" in outcome.sentence
    assert not (here / "out").exists()


def test_without_memray_the_way_to_get_it_is_named(here: Path, corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "memray", None)
    outcome = corral(*RUN, "run.bin")
    assert outcome.code == 2
    assert outcome.sentence == "--memprofile needs memray; get it with: pip install 'corral-core[memprofile]'"
    assert not (here / "out").exists()
