"""The contract of executors, kept by functions that AWS's own emulator runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.tasks import encode
from corral_core.testing.executors import ExecutorSuite
from corral_core.testing.invoke_faults import InvokeFaults
from corral_lambda.executor import LambdaExecutor
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from corral_core.testing.jobs import TaskBench
    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.mark.usefixtures("aws")
class TestLambda(ExecutorSuite):
    place_within = True

    def make_executor(self) -> LambdaExecutor:
        return LambdaExecutor(LambdaSettings(lambda_memory=256), concurrency=4)

    def location(self, folder: Path) -> str:
        return "s3://data/suite"

    @pytest.fixture(autouse=True)
    def _bucket(self, aws: LocalAws) -> None:
        aws.bucket("data")

    @pytest.fixture
    def throttled(self, executor: LambdaExecutor, bench: TaskBench, aws: LocalAws) -> Iterator[Future[bytes]]:
        aws.front.faults = InvokeFaults(throttle=1.0)
        yield executor.submit(encode(bench.acting("echo")))
        aws.front.faults = InvokeFaults()
