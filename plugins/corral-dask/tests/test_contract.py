"""The contract of executors, on a cluster for the run and on a scheduler with workers that were there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.testing.executors import ExecutorSuite
from corral_dask.executor import DaskExecutor
from corral_dask.settings import DaskSettings

if TYPE_CHECKING:
    from corral_dask.testing import DaskProcesses


@pytest.mark.slow
class TestLocalCluster(ExecutorSuite):
    def make_executor(self) -> DaskExecutor:
        return DaskExecutor(DaskSettings(dask_workers=2))


@pytest.mark.servers
@pytest.mark.slow
class TestScheduler(ExecutorSuite):
    """Its workers share our files, so that the suite sees what they do; the code comes to them in an archive."""

    @pytest.fixture(autouse=True)
    def _cluster(self, two_workers: DaskProcesses) -> None:
        self.cluster = two_workers

    def make_executor(self) -> DaskExecutor:
        return self.cluster.executor()
