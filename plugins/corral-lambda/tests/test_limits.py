"""What a function has little of: open files, bytes in a message."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_core.worker import run_task
from corral_lambda.executor import LambdaExecutor
from corral_lambda.quotas import PAYLOAD_BYTES
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PATIENCE = 90


@pytest.fixture
def bench(aws: object, tmp_path: Path) -> TaskBench:
    return TaskBench(tmp_path / "job", "s3://data/bench")


@pytest.fixture
def executor(bench: TaskBench) -> Iterator[LambdaExecutor]:
    with closing(LambdaExecutor(LambdaSettings(lambda_memory=256), 1)) as executor:
        executor.open(replace(bench.bundle(), location="s3://data/bench", work="s3://data/bench/_corral/run"))
        yield executor


def test_a_reducer_of_more_segments_than_files_may_be_open(executor: LambdaExecutor, bench: TaskBench) -> None:
    mapped = decode_reply(run_task(encode(bench.mapping("a b a", partitions=1))))
    assert isinstance(mapped, Done)
    reduced = decode_reply(executor.submit(encode(bench.reducing(list(mapped.segments) * 3000))).result(PATIENCE))
    assert isinstance(reduced, Done), reduced
    assert reduced.output is not None
    assert sorted(bench.read(reduced.output.path)) == ["a\t6000", "b\t3000"]


def test_a_message_over_lambdas_limit_travels_by_reference(executor: LambdaExecutor, bench: TaskBench) -> None:
    payload = encode(bench.acting("echo big", padding=PAYLOAD_BYTES + 1))
    reply = decode_reply(executor.submit(payload).result(PATIENCE))
    assert isinstance(reply, Done), reply
    assert reply.output is not None
    assert bench.read(reply.output.path) == ["big"]
