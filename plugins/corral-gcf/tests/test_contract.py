"""The contract of executors, kept by functions that Google's own framework serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.testing.executors import ExecutorSuite
from corral_gcf.executor import GcfExecutor
from corral_gcf.settings import GcfSettings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.mark.usefixtures("gcp")
class TestGcf(ExecutorSuite):
    def make_executor(self) -> GcfExecutor:
        return GcfExecutor(GcfSettings(gcf_memory=256), concurrency=4)

    def location(self, folder: Path) -> str:
        return "gs://data/suite"
