"""Every way in which a call can end badly, on the real emulator behind a network that spoils calls."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import CorralError, ExecutorUnavailable, OutOfMemory, TaskTimeout, Throttled, WorkerLost
from corral_core.tasks import Done, Failed, decode_reply, encode
from corral_core.testing.invoke_faults import InvokeFaults
from corral_core.testing.jobs import TaskBench
from corral_lambda.executor import LambdaExecutor
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PATIENCE = 90


@pytest.fixture(scope="module")
def bench(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaskBench]:
    local_aws.reset()
    with local_aws.environment():
        yield TaskBench(tmp_path_factory.mktemp("job"), "s3://data/bench", Path(__file__).with_name("rough_job.py"))


@pytest.fixture(scope="module")
def executor(bench: TaskBench) -> Iterator[LambdaExecutor]:
    """One deployment for all tests here."""
    executor = LambdaExecutor(LambdaSettings(lambda_timeout=8, lambda_memory=256), concurrency=8)
    executor.open(bench.bundle())
    yield executor
    executor.close()


@pytest.fixture
def spoil(local_aws: LocalAws) -> Iterator[Callable[..., None]]:
    """Spoils fractions of the invocations for the length of the test."""

    def spoil(**fractions: float) -> None:
        for name, fraction in fractions.items():
            setattr(local_aws.front.faults, name, fraction)

    local_aws.front.faults = InvokeFaults(seed=1)
    yield spoil
    local_aws.front.faults = InvokeFaults()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("throttle", Throttled),
        ("error", WorkerLost),
        ("bad_gateway", WorkerLost),
        ("unavailable", WorkerLost),
        ("cut", (WorkerLost, ExecutorUnavailable)),
        ("lose", (WorkerLost, ExecutorUnavailable)),
    ],
)
def test_a_spoiled_call_is_one_of_the_closed_set(
    executor: LambdaExecutor,
    bench: TaskBench,
    spoil: Callable[..., None],
    fault: str,
    expected: type[CorralError] | tuple[type[CorralError], ...],
) -> None:
    spoil(**{fault: 1.0})
    with pytest.raises(expected):
        executor.submit(encode(bench.acting("echo"))).result(PATIENCE)


def test_on_a_bad_day_every_call_ends_with_its_own_reply_or_one_error(
    executor: LambdaExecutor, bench: TaskBench, spoil: Callable[..., None]
) -> None:
    spoil(throttle=0.3, error=0.1, cut=0.1)
    tasks = [bench.acting("echo") for _ in range(60)]
    futures = [executor.submit(encode(task)) for task in tasks]
    ends: Counter[str] = Counter()
    for task, future in zip(tasks, futures, strict=True):
        error = future.exception(PATIENCE)
        if error is None:
            reply = decode_reply(future.result())
            assert isinstance(reply, Done)
            assert reply.id == task.id
        ends[type(error).__name__] += 1
    assert set(ends) <= {"NoneType", "Throttled", "WorkerLost", "ExecutorUnavailable"}
    assert min(ends["NoneType"], ends["Throttled"], ends["WorkerLost"]) > 0


def test_a_task_that_hears_that_time_is_up_says_so_itself(executor: LambdaExecutor, bench: TaskBench) -> None:
    reply = decode_reply(executor.submit(encode(bench.acting("hold"))).result(PATIENCE))
    assert isinstance(reply, Failed)
    assert reply.kind == "timeout"


def test_a_task_that_does_not_hear_it_is_ended_by_lambda(executor: LambdaExecutor, bench: TaskBench) -> None:
    with pytest.raises(TaskTimeout, match="--lambda-timeout"):
        executor.submit(encode(bench.acting("deaf"))).result(PATIENCE)


def test_a_task_that_takes_all_memory_is_told_apart_from_one_that_dies(
    executor: LambdaExecutor, bench: TaskBench
) -> None:
    with pytest.raises(OutOfMemory, match="--lambda-memory"):
        executor.submit(encode(bench.acting("hog"))).result(PATIENCE)


def test_what_was_used_is_added_up(executor: LambdaExecutor, bench: TaskBench) -> None:
    assert executor.used is not None
    before = executor.used.requests
    executor.submit(encode(bench.acting("echo"))).result(PATIENCE)
    assert executor.used.requests == before + 1
    assert executor.used.gigabyte_seconds > 0
    assert executor.used.cold_starts > 0
