"""What is said of a process that died."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import OutOfMemory, WorkerLost
from corral_core.serving.oom import OutOfMemoryKills
from corral_core.serving.wire import FAILURES
from corral_dask.process import last_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("ready", "how", "killed", "error", "words"),
    [
        (True, "was killed by SIGKILL", 1, OutOfMemory, "while it ran a task, and the system had run out of memory"),
        (True, "was killed by SIGKILL", 0, WorkerLost, "while it ran a task"),
        (True, "ended with exit code 3", 1, WorkerLost, "while it ran a task"),
        (False, "ended with exit code 1", 0, WorkerLost, "before it was ready; see the worker's log"),
    ],
    ids=["memory", "killed", "exit", "early"],
)
def test_a_death_is_told_by_what_is_known(
    tmp_path: Path, *, ready: bool, how: str, killed: int, error: type[Exception], words: str
) -> None:
    counts = tmp_path / "vmstat"
    counts.write_text("oom_kill 3\n")
    kills = OutOfMemoryKills(counts)
    counts.write_text(f"oom_kill {3 + killed}\n")
    process: Any = SimpleNamespace(pid=7, ready=ready)
    said = last_words(process, how, "the Dask worker tcp://a:1", kills)
    assert FAILURES[said[:1]] is error
    assert said[1:].decode() == f"process 7 of the Dask worker tcp://a:1 {how} {words}"
