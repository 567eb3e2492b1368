"""The pool: order, deaths, cancelling, and what is left afterwards."""

from __future__ import annotations

import concurrent.futures
import gc
import os
import signal
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral_core.errors import ExecutorUnavailable, OutOfMemory, WorkerLost
from corral_core.serving.oom import OutOfMemoryKills
from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_local_process import pool
from corral_local_process.command import Command
from corral_local_process.executor import LocalProcessExecutor
from corral_local_process.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[LocalProcessExecutor, str], str]

PATIENCE = 60.0


def test_tasks_run_in_the_order_of_submission(bench: TaskBench) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    done: list[concurrent.futures.Future[bytes]] = []
    futures = [executor.submit(encode(bench.acting("echo x"))) for _ in range(20)]
    for future in futures:
        future.add_done_callback(done.append)
    concurrent.futures.wait(futures, PATIENCE)
    executor.close()
    assert done == futures


def test_both_workers_work(
    executor: LocalProcessExecutor, bench: TaskBench, signed: Callable[[Path], int], tmp_path: Path
) -> None:
    signs = [tmp_path / "one", tmp_path / "two"]
    for sign in signs:
        executor.submit(encode(bench.acting(f"hold {sign}")))
    assert len({signed(sign) for sign in signs}) == 2


def test_a_worker_serves_many_tasks(executor: LocalProcessExecutor, answer: Answer) -> None:
    assert len({answer(executor, "pid") for _ in range(10)}) == 1


@pytest.mark.parametrize(
    ("death", "how"), [("exit 3", "exit code 3"), ("exit 0", "exit code 0"), ("kill", "SIGKILL")], ids=str
)
def test_a_lost_worker_is_named_with_its_end(
    executor: LocalProcessExecutor, bench: TaskBench, death: str, how: str
) -> None:
    with pytest.raises(WorkerLost, match=rf"^worker process \d+ (ended with|was killed by) {how} while"):
        executor.submit(encode(bench.acting(death))).result(PATIENCE)


def test_a_worker_that_was_killed_when_memory_ran_out_is_told_as_such(
    bench: TaskBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that its task is cut in two. The kernel's count is a file of ours; the worker is killed indeed."""
    counts = tmp_path / "vmstat"
    counts.write_text("oom_kill 3\n")
    monkeypatch.setattr(pool, "OutOfMemoryKills", partial(OutOfMemoryKills, counts))
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    try:
        counts.write_text("oom_kill 4\n")
        with pytest.raises(OutOfMemory, match=r"killed by SIGKILL while .* had run out of memory; lower localWorkers"):
            executor.submit(encode(bench.acting("kill"))).result(PATIENCE)
        with pytest.raises(WorkerLost, match="if the system ran out of memory"):
            executor.submit(encode(bench.acting("kill"))).result(PATIENCE)
    finally:
        executor.close()


def test_an_idle_worker_that_dies_costs_nothing(
    executor: LocalProcessExecutor, answer: Answer, gone: Callable[[int, float], bool]
) -> None:
    first = int(answer(executor, "pid"))
    os.kill(first, signal.SIGKILL)
    assert gone(first, PATIENCE)
    # The pool may hear of the death only after it gave the task away; then the task is lost, as with a busy worker.
    try:
        second = int(answer(executor, "pid"))
    except WorkerLost:
        second = int(answer(executor, "pid"))
    assert second != first


def test_a_child_of_a_worker_ends_with_it(
    executor: LocalProcessExecutor,
    bench: TaskBench,
    signed: Callable[[Path], int],
    gone: Callable[[int, float], bool],
    tmp_path: Path,
) -> None:
    executor.submit(encode(bench.acting(f"child {tmp_path / 'sign'}")))
    child = signed(tmp_path / "sign")
    executor.close()
    assert gone(child, PATIENCE)


def test_a_task_cleans_up_when_the_pool_closes(
    executor: LocalProcessExecutor, bench: TaskBench, signed: Callable[[Path], int], tmp_path: Path
) -> None:
    sign = tmp_path / "sign"
    future = executor.submit(encode(bench.acting(f"unwind {sign}")))
    signed(sign)
    executor.close()
    assert isinstance(future.exception(0), ExecutorUnavailable)
    assert sign.read_text(encoding="ascii") == "unwound"


def test_a_cancelled_task_cleans_up(
    bench: TaskBench, answer: Answer, signed: Callable[[Path], int], tmp_path: Path
) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    sign = tmp_path / "sign"
    future = executor.submit(encode(bench.acting(f"unwind {sign}")))
    signed(sign)
    assert future.cancel()
    assert answer(executor, "echo on") == "on"  # in the only place there is, so the other worker has ended
    assert sign.read_text(encoding="ascii") == "unwound"
    executor.close()


def test_a_cancelled_task_that_ignores_the_interrupt_is_killed(
    executor: LocalProcessExecutor,
    bench: TaskBench,
    signed: Callable[[Path], int],
    gone: Callable[[int, float], bool],
    tmp_path: Path,
) -> None:
    future = executor.submit(encode(bench.acting(f"spin {tmp_path / 'sign'}")))
    worker = signed(tmp_path / "sign")
    assert future.cancel()
    assert gone(worker, PATIENCE)


def test_a_task_cancelled_before_its_worker_is_up_never_runs(bench: TaskBench, answer: Answer, tmp_path: Path) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    future = executor.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}")))
    assert future.cancel()
    assert answer(executor, "echo on") == "on"
    assert not (tmp_path / "sign").exists()
    executor.close()


def test_a_task_that_ignores_the_interrupt_is_killed(
    executor: LocalProcessExecutor,
    bench: TaskBench,
    signed: Callable[[Path], int],
    gone: Callable[[int, float], bool],
    tmp_path: Path,
) -> None:
    executor.submit(encode(bench.acting(f"spin {tmp_path / 'sign'}")))
    worker = signed(tmp_path / "sign")
    executor.close()
    assert gone(worker, 0)


def test_a_cancelled_task_that_waits_never_runs(
    bench: TaskBench, answer: Answer, signed: Callable[[Path], int], tmp_path: Path
) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    running = executor.submit(encode(bench.acting(f"hold {tmp_path / 'first'}")))
    waiting = executor.submit(encode(bench.acting(f"hold {tmp_path / 'second'}")))
    signed(tmp_path / "first")
    assert waiting.cancel()
    assert running.cancel()
    assert answer(executor, "echo on") == "on"
    assert not (tmp_path / "second").exists()
    assert concurrent.futures.wait([running, waiting], PATIENCE).not_done == set()
    executor.close()


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the system does not list open descriptors")
def test_no_descriptor_and_no_thread_leaks(bench: TaskBench, answer: Answer) -> None:
    def cycle() -> tuple[int, int]:
        executor = LocalProcessExecutor(2)
        executor.open(bench.bundle())
        with pytest.raises(WorkerLost):
            executor.submit(encode(bench.acting("kill"))).result(PATIENCE)
        answer(executor, "echo on")
        executor.submit(encode(bench.acting("echo left")))
        executor.close()
        return len(list(Path("/dev/fd").iterdir())), threading.active_count()

    assert cycle() == cycle()


def test_a_forgotten_executor_closes_itself(bench: TaskBench, gone: Callable[[int, float], bool]) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    reply = decode_reply(executor.submit(encode(bench.acting("pid"))).result(PATIENCE))
    assert isinstance(reply, Done)
    assert reply.output is not None
    pid = int(bench.read(reply.output.path)[0])
    del executor
    gc.collect()
    assert gone(pid, PATIENCE)


def test_close_from_a_futures_callback_does_not_hang(bench: TaskBench) -> None:
    executor = LocalProcessExecutor(1)
    executor.open(bench.bundle())
    closed = threading.Event()

    def close(_: object) -> None:
        executor.close()
        closed.set()

    executor.submit(encode(bench.acting("echo x"))).add_done_callback(close)
    assert closed.wait(PATIENCE)
    with pytest.raises(ExecutorUnavailable):
        executor.submit(b"")


@pytest.mark.parametrize(
    ("interpreter", "reason"),
    [
        ((sys.executable, "-c", "raise SystemExit(7)"), "exit code 7"),
        (("/nowhere/python",), "No such file"),
    ],
    ids=["dies", "missing"],
)
def test_an_interpreter_that_cannot_start_is_no_endless_loop(interpreter: tuple[str, ...], reason: str) -> None:
    pool = Pool(2, Command(interpreter, ()), b"{}")
    futures = [pool.submit(b"") for _ in range(5)]
    errors = [future.exception(PATIENCE) for future in futures]
    pool.close()
    assert {type(error) for error in errors} == {ExecutorUnavailable}
    assert all(reason in str(error) for error in errors)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["echo x", "fail x", "kill", "exit 1"]), max_size=12), st.integers(1, 3))
def test_any_schedule_of_deaths_settles_every_task_as_it_deserves(lines: list[str], workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = TaskBench(Path(folder), folder)
        executor = LocalProcessExecutor(workers)
        executor.open(bench.bundle())
        futures = [executor.submit(encode(bench.acting(line))) for line in lines]
        seen = [_outcome(future) for future in futures]
        executor.close()
    expected = {"echo x": "Done", "fail x": "Failed", "kill": "WorkerLost", "exit 1": "WorkerLost"}
    assert seen == [expected[line] for line in lines]


def _outcome(future: concurrent.futures.Future[bytes]) -> str:
    error = future.exception(PATIENCE)
    return type(error or decode_reply(future.result(0))).__name__
