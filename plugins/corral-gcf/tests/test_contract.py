"""The contract of executors, kept by functions that Google's own framework serves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corral_core.tasks import encode
from corral_core.testing.executors import ExecutorSuite
from corral_gcf.executor import GcfExecutor
from corral_gcf.settings import GcfSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from corral_core.testing.jobs import TaskBench
    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.mark.usefixtures("gcp")
class TestGcf(ExecutorSuite):
    place_within = True

    def make_executor(self) -> GcfExecutor:
        return GcfExecutor(GcfSettings(gcf_memory=256), concurrency=4)

    def location(self, folder: Path) -> str:
        return "gs://data/suite"

    @pytest.fixture
    def throttled(self, executor: GcfExecutor, bench: TaskBench, gcp: LocalGcp) -> Future[bytes]:
        gcp.faults.choose = lambda function, payload: "throttle"
        return executor.submit(encode(bench.acting("echo")))

    @pytest.fixture
    def timed_out(self, bench: TaskBench, tmp_path: Path) -> Iterator[Future[bytes]]:
        short = GcfSettings.model_validate(
            {"gcf_memory": 256, "gcf_timeout": 2, "gcf_environment": ("CORRAL_SECONDS=600",)}
        )
        executor = GcfExecutor(short, concurrency=1)
        executor.open(replace(bench.bundle(), work=f"{self.location(tmp_path)}/work"))
        yield executor.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}")))
        executor.close()
