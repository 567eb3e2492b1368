"""What the tests of dask share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_dask.testing import dask_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_dask.executor import DaskExecutor
    from corral_dask.testing import DaskProcesses

    Run = Callable[..., subprocess.CompletedProcess[str]]

PATIENCE = 90.0


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    """A scheduler without workers, for one test."""
    with dask_processes(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    """A scheduler and two workers, for tests that leave them as they are."""
    with dask_processes(tmp_path_factory.mktemp("dask")) as cluster:
        cluster.worker()
        cluster.worker()
        yield cluster


@pytest.fixture
def bench(tmp_path: Path) -> TaskBench:
    """Makes tasks of the job in ``dask_job.py``."""
    return TaskBench(tmp_path / "job", str(tmp_path / "data"), Path(__file__).with_name("dask_job.py"))


@pytest.fixture
def answer(bench: TaskBench) -> Callable[[DaskExecutor, str], str]:
    """``answer(executor, line)``: what a task with this line gives."""

    def run(executor: DaskExecutor, line: str) -> str:
        reply = decode_reply(executor.submit(encode(bench.acting(line))).result(PATIENCE))
        assert isinstance(reply, Done), reply
        assert reply.output is not None
        return "\n".join(bench.read(reply.output.path))

    return run


@pytest.fixture
def corral(tmp_path: Path) -> Run:
    """Runs the command as a user would, in a directory of its own, and must see it end as expected."""
    (tmp_path / "here").mkdir()

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "corral_core", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=tmp_path / "here", capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == code, done.stderr
        return done

    return run
