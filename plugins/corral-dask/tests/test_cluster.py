"""A scheduler and workers that were there before the run, and what may happen to them."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import ExecutorUnavailable, WorkerLost
from corral_core.tasks import encode
from corral_core.testing.servers import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.testing.jobs import TaskBench
    from corral_dask.executor import DaskExecutor
    from corral_dask.testing import DaskProcesses

    Answer = Callable[[DaskExecutor, str], str]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PATIENCE = 90.0


@pytest.fixture
def executor(two_workers: DaskProcesses, bench: TaskBench) -> Iterator[DaskExecutor]:
    executor = two_workers.executor()
    executor.open(bench.bundle())
    yield executor
    executor.close()


def signed(sign: Path) -> int:
    """The process id that a task leaves when it runs."""
    assert wait_for(lambda: sign.exists() and sign.read_text(encoding="ascii"), PATIENCE), f"no sign at {sign}"
    return int(sign.read_text(encoding="ascii"))


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def on_scheduler(address: str, function: Callable[..., Any]) -> Any:
    """What a function says of the scheduler, which it is given as ``dask_scheduler``."""
    from distributed import Client

    async def ask() -> Any:
        async with Client(address, asynchronous=True, set_as_default=False) as client:
            return await client.run_on_scheduler(function)

    return asyncio.run(ask())


def test_slots_are_the_threads_of_the_workers(executor: DaskExecutor) -> None:
    assert executor.capabilities.slots == 2


def test_the_job_its_code_and_corral_come_out_of_the_archive(executor: DaskExecutor, answer: Answer) -> None:
    """Though these workers' environment has a corral, too."""
    for module in ("corral_core", "corral_dask", "msgspec"):
        assert "/scratch/" in answer(executor, f"where {module}")


def test_a_task_imports_nothing_of_dasks(executor: DaskExecutor, answer: Answer) -> None:
    assert {"dask", "distributed", "tornado", "click", "pluggy", "pydantic"}.isdisjoint(
        answer(executor, "modules").split()
    )


def test_a_task_that_does_not_hear_of_its_end_is_killed(
    executor: DaskExecutor, bench: TaskBench, tmp_path: Path, answer: Answer
) -> None:
    future = executor.submit(encode(bench.acting(f"deaf {tmp_path / 'sign'}")))
    pid = signed(tmp_path / "sign")
    assert future.cancel()
    assert wait_for(lambda: is_gone(pid), PATIENCE)
    assert answer(executor, "echo on") == "on"


def test_a_task_that_waits_is_cancelled_before_it_begins(
    executor: DaskExecutor, bench: TaskBench, tmp_path: Path
) -> None:
    held = [executor.submit(encode(bench.acting(f"hold {tmp_path / str(n)}"))) for n in range(2)]
    for n in range(2):
        signed(tmp_path / str(n))
    waits = executor.submit(encode(bench.acting(f"hold {tmp_path / 'never'}")))
    assert all(future.cancel() for future in [waits, *held])
    assert executor.submit(encode(bench.acting("echo on"))).result(PATIENCE)
    assert not (tmp_path / "never").exists()


def test_nothing_of_a_task_stays_in_the_scheduler(
    two_workers: DaskProcesses, executor: DaskExecutor, bench: TaskBench
) -> None:
    payload = encode(bench.acting("echo x", padding=20_000))
    for _ in range(10):
        for future in [executor.submit(payload) for _ in range(200)]:
            future.result(PATIENCE)

    def count(dask_scheduler: Any) -> int:
        return len(dask_scheduler.tasks)

    assert wait_for(lambda: on_scheduler(two_workers.address, count) == 0, PATIENCE)


def test_close_takes_the_code_away_again(two_workers: DaskProcesses, bench: TaskBench, answer: Answer) -> None:
    before = set(two_workers.scratch())
    with closing(two_workers.executor()) as executor:
        executor.open(bench.bundle())
        answer(executor, "echo x")
        assert set(two_workers.scratch()) - before
    assert set(two_workers.scratch()) == before


def test_two_runs_have_each_their_own_code(
    two_workers: DaskProcesses, tmp_path: Path, corral: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """At the same time, on the same workers, with modules of the same names."""
    runs = []
    for word in ("one", "two"):
        here = tmp_path / word
        here.mkdir()
        (here / "helper.py").write_text(f"WORD = {word!r}\n")
        (here / "job.py").write_text(
            "import time\nfrom helper import WORD\nfrom corral_core import Job\n"
            "def mapper(key, value):\n    time.sleep(0.01)\n    yield WORD, value\n"
            "job = Job(mapper)\n"
        )
        (here / "in.txt").write_text("".join(f"{n}\n" for n in range(100)))
        command = ["--executor", "dask", "--dask-scheduler", two_workers.address, "--dask-shared-files"]
        more = ["--split-size", "20", "--map-bin-size", "20", "job.py", "in.txt", "--out", "out"]
        runs.append(subprocess.Popen([sys.executable, "-m", "corral_core", *command, *more], cwd=here))
    assert [run.wait(PATIENCE) for run in runs] == [0, 0]
    for word in ("one", "two"):
        lines = [line for part in (tmp_path / word / "out").glob("output-*") for line in part.read_text().splitlines()]
        assert {line.split("\t")[0] for line in lines} == {word}
        assert len(lines) == 100


def test_a_worker_that_dies_is_lost_at_once(cluster: DaskProcesses, bench: TaskBench, tmp_path: Path) -> None:
    """And Dask gives its task to no other, though it would three times."""
    workers = [cluster.worker(), cluster.worker()]
    with closing(cluster.executor()) as executor:
        executor.open(bench.bundle())
        sign = tmp_path / "sign"
        future = executor.submit(encode(bench.acting(f"hold {sign}")))
        task = signed(sign)
        sign.unlink()
        parent = next(worker for worker in workers if worker.pid == _parent(task))
        parent.kill()
        with pytest.raises(WorkerLost, match=r"the Dask worker tcp://127\.0\.0\.1:\d+ was lost"):
            future.result(PATIENCE)
        assert wait_for(lambda: is_gone(task), PATIENCE), "a task outlived its worker"
        assert executor.submit(encode(bench.acting("echo on"))).result(PATIENCE)
        assert not sign.exists()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def test_a_task_knows_its_share_of_the_workers_memory(cluster: DaskProcesses, bench: TaskBench, answer: Answer) -> None:
    """Dask measures its own process, and would see nothing of a task that grows beside it."""
    cluster.worker("--memory-limit", "400MB", "--nthreads", "2")
    with closing(cluster.executor()) as executor:
        executor.open(bench.bundle())
        assert executor.capabilities.slots == 2
        assert " 200000000 1 " in answer(executor, "arguments")


def test_the_doctor_says_what_there_is(cluster: DaskProcesses) -> None:
    def states(**settings: object) -> list[tuple[str, str]]:
        return [(finding.what, finding.state) for finding in cluster.executor(**settings).diagnose()]

    assert states(dask_timeout=2) == [("scheduler", "failed")]
    cluster.worker()
    assert states() == [("scheduler", "ok"), ("workers", "ok"), ("code", "ok")]


def test_a_worker_that_joins_later_gets_the_code(cluster: DaskProcesses, bench: TaskBench, tmp_path: Path) -> None:
    cluster.worker()
    with closing(cluster.executor()) as executor:
        executor.open(bench.bundle())
        futures = [executor.submit(encode(bench.acting(f"hold {tmp_path / str(n)}"))) for n in range(2)]
        assert wait_for(lambda: any((tmp_path / str(n)).exists() for n in range(2)), PATIENCE)
        cluster.worker()
        parents = {_parent(signed(tmp_path / str(n))) for n in range(2)}
        assert len(parents) == 2
        assert not any(future.done() for future in futures)


def test_a_scheduler_that_dies_ends_every_call(cluster: DaskProcesses, bench: TaskBench, tmp_path: Path) -> None:
    cluster.worker()
    with closing(cluster.executor(dask_timeout=5)) as executor:
        executor.open(bench.bundle())
        futures = [executor.submit(encode(bench.acting(f"hold {tmp_path / str(n)}"))) for n in range(3)]
        assert wait_for(lambda: any(tmp_path.glob("?")), PATIENCE)
        cluster.scheduler.kill()
        for future in futures:
            with pytest.raises(ExecutorUnavailable, match="is gone"):
                future.result(PATIENCE)
        with pytest.raises(ExecutorUnavailable, match="is gone"):
            executor.submit(encode(bench.acting("echo late"))).result(PATIENCE)


def test_a_scheduler_that_falls_silent_ends_every_call(
    cluster: DaskProcesses, bench: TaskBench, tmp_path: Path
) -> None:
    cluster.worker()
    executor = cluster.executor(dask_timeout=5)
    with closing(executor):
        executor.open(bench.bundle())
        future = executor.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}")))
        signed(tmp_path / "sign")
        cluster.scheduler.send_signal(signal.SIGSTOP)
        with pytest.raises(ExecutorUnavailable, match="does not answer"):
            future.result(PATIENCE)


def test_a_cluster_whose_last_worker_goes_ends_every_call(
    cluster: DaskProcesses, bench: TaskBench, tmp_path: Path
) -> None:
    worker = cluster.worker()
    with closing(cluster.executor(dask_timeout=3)) as executor:
        executor.open(bench.bundle())
        futures = [executor.submit(encode(bench.acting(f"hold {tmp_path / str(n)}"))) for n in range(3)]
        assert wait_for(lambda: any(tmp_path.glob("?")), PATIENCE)
        worker.kill()
        errors = [future.exception(PATIENCE) for future in futures]
        assert {type(error) for error in errors} == {WorkerLost, ExecutorUnavailable}
        assert "has had no worker" in " ".join(map(str, errors))


def test_nothing_stays_when_the_driver_is_killed(cluster: DaskProcesses, tmp_path: Path) -> None:
    """Its task ends, its code goes from the worker, and the scheduler forgets it."""
    cluster.worker()
    (tmp_path / "job.py").write_text(
        "import os, pathlib, threading\nfrom corral_core import Job\n"
        "def mapper(key, value):\n    pathlib.Path(value).write_text(str(os.getpid()))\n    threading.Event().wait()\n"
        "job = Job(mapper)\n"
    )
    (tmp_path / "in.txt").write_text(f"{tmp_path / 'sign'}\n")
    command = ["--executor", "dask", "--dask-scheduler", cluster.address, "--dask-shared-files"]
    driver = subprocess.Popen(
        [sys.executable, "-m", "corral_core", *command, "job.py", "in.txt", "--out", "out"], cwd=tmp_path
    )
    task = signed(tmp_path / "sign")
    assert cluster.scratch()
    driver.kill()
    driver.wait()

    def left(dask_scheduler: Any) -> int:
        names = [*dask_scheduler.plugins, *dask_scheduler.worker_plugins, *dask_scheduler.tasks]
        return sum(str(name).startswith("corral") for name in names)

    assert wait_for(lambda: is_gone(task), PATIENCE)
    assert wait_for(lambda: not cluster.scratch(), PATIENCE)
    assert wait_for(lambda: on_scheduler(cluster.address, left) == 0, PATIENCE)
