"""What the tests of local-process share."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_local_process.executor import LocalProcessExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie, which only waits for a parent that does not care, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return Path("/proc/self").exists() is False
    return state not in "ZX"


@pytest.fixture
def gone() -> Callable[[int, float], bool]:
    """``gone(pid, seconds)``: whether the process ends within this time."""

    def wait(pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while is_alive(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    return wait


@pytest.fixture
def signed() -> Callable[[Path], int]:
    """``signed(path)``: the process id that a task leaves there once it runs."""

    def wait(sign: Path) -> int:
        deadline = time.monotonic() + PATIENCE
        while not (sign.exists() and sign.read_text(encoding="ascii")):
            assert time.monotonic() < deadline, f"no sign at {sign}"
            time.sleep(0.01)
        return int(sign.read_text(encoding="ascii"))

    return wait


@pytest.fixture
def bench(tmp_path: Path) -> TaskBench:
    """Makes tasks of the job in ``local_job.py``."""
    return TaskBench(tmp_path / "job", str(tmp_path / "data"), Path(__file__).with_name("local_job.py"))


@pytest.fixture
def executor(bench: TaskBench) -> Iterator[LocalProcessExecutor]:
    """Open, with two workers."""
    executor = LocalProcessExecutor(2)
    executor.open(bench.bundle())
    yield executor
    executor.close()


@pytest.fixture
def answer(bench: TaskBench) -> Callable[[LocalProcessExecutor, str], str]:
    """``answer(executor, line)``: what a task with this line gives."""

    def run(executor: LocalProcessExecutor, line: str) -> str:
        reply = decode_reply(executor.submit(encode(bench.acting(line))).result(PATIENCE))
        assert isinstance(reply, Done), reply
        assert reply.output is not None
        return "\n".join(bench.read(reply.output.path))

    return run
