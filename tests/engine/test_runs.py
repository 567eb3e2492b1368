from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.runs import Runs
from corral_core.engine.segment import Block
from corral_core.errors import SpillError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.engine.runs import SegmentBytes

KILLED = """
import os, signal, sys
from corral_core.engine.runs import Runs
from corral_core.engine.segment import Block
runs = Runs(sys.argv[1])
runs.runs.append(runs.write([[Block(["a"], None, [1])]]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def run_of(*keys: str) -> Iterable[Iterable[Block]]:
    """A partition for each key."""
    return [[Block([key], None, [1])] for key in keys]


def keys_in(segments: Iterable[SegmentBytes]) -> list[str]:
    return [key for segment in segments for block in segment.blocks() for key in block.keys]


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_a_run_is_read_back_by_partition(tmp_path: Path) -> None:
    runs = Runs(str(tmp_path))
    runs.runs += [runs.write(run_of("a", "b")), runs.write(run_of("c", "d"))]
    assert keys_in(runs.column(0)) == ["a", "c"]
    assert keys_in(runs.column(1)) == ["b", "d"]
    runs.close()


def test_segments_are_kept_as_they_are_given(tmp_path: Path) -> None:
    runs = Runs(str(tmp_path))
    data = [b"one", b"", b"three"]
    kept = runs.spool(zip(data, "abc", "xyz", strict=True))
    assert [segment.read(0, 99)[: segment.length] for segment in kept] == data
    assert [segment.name for segment in kept] == ["a", "b", "c"]
    runs.close()


def test_a_run_lies_where_the_system_keeps_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(SpillError, match=f"temporary space in {tmp_path}/none"):
        Runs().write(run_of("a"))


def test_space_is_free_when_one_run_stands_for_all_and_when_all_are_closed(tmp_path: Path) -> None:
    before = open_files()
    runs = Runs(str(tmp_path))
    runs.runs += [runs.write(run_of("a")), runs.write(run_of("b"))]
    assert open_files() == before + 2
    runs.replace(runs.write(run_of("c")))
    assert (keys_in(runs.column(0)), open_files()) == (["c"], before + 1)
    runs.close()
    runs.close()
    assert open_files() == before


def test_nothing_is_left_of_a_task_that_is_killed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_named_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SpillError, match=f"{tmp_path}/none can't be used: no such file.*set spillDirectory"):
        Runs(f"{tmp_path}/none").write(run_of("a"))
