from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = ("job.py", "in.txt", "--executor", "inline", "-o", "out", "--memprofile")


def test_a_profile_that_memray_reads_is_written(here: Path) -> None:
    pytest.importorskip("memray", reason="comes with corral-core[memprofile]")
    (here / "run.bin").write_text("an older profile")
    # In a process of its own: memray profiles a process once, and a coverage tracer would be in the profile.
    code = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, *RUN, "run.bin"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "memory profile in run.bin" in done.stderr
    subprocess.run([sys.executable, "-m", "memray", "summary", "run.bin"], capture_output=True, check=True)


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
