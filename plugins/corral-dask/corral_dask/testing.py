"""A Dask cluster of processes for tests: a scheduler and workers on 127.0.0.1, on free ports, ended by their ids even
when the test's own process is killed.

::

    with dask_processes(tmp_path) as cluster:
        cluster.worker()
        executor = DaskExecutor(DaskSettings(dask_scheduler=cluster.address, dask_shared_files=True))
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from corral_core.testing.servers import wait_for
from corral_core.testing.warden_process import Warden
from corral_dask.executor import DaskExecutor
from corral_dask.settings import DaskSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DaskProcesses", "dask_processes"]

_PATIENCE = 90.0
"""Seconds; distributed takes some to import on a busy machine."""
_ADDRESS = re.compile(r"Scheduler at: +(tcp://\S+)")
_REGISTERED = re.compile("Registered to")


class DaskProcesses:
    """A scheduler, and workers that start when they are asked for.

    :param folder: an empty one of their own.
    """

    def __init__(self, folder: Path, warden: Warden) -> None:
        self._folder, self._warden = folder, warden
        self._running: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0")

    @property
    def address(self) -> str:
        """The scheduler's, once it listens.

        :raises RuntimeError: when it does not start in time; with what it wrote.
        """
        return self._said(self.scheduler, _ADDRESS)[1]

    def worker(self, *options: str, python: str = sys.executable) -> subprocess.Popen[bytes]:
        """Start a worker with one thread and no nanny, so that a kill ends it; and see it register."""
        place = ["--local-directory", str(self._folder / "scratch"), *options]
        worker = self._start("dask_worker", self.address, "--no-nanny", "--nthreads", "1", *place, python=python)
        self._said(worker, _REGISTERED)
        return worker

    def log(self, process: subprocess.Popen[bytes]) -> str:
        """What a process has written."""
        return (self._folder / f"{self._running.index(process)}.log").read_text(encoding="utf-8", errors="replace")

    def executor(self, **settings: object) -> DaskExecutor:
        """An executor for it, whose workers share our files."""
        given = {"dask_scheduler": self.address, "dask_shared_files": True, "dask_timeout": _PATIENCE, **settings}
        return DaskExecutor(DaskSettings.model_validate(given))

    def scratch(self) -> list[Path]:
        """The directories that hold a run's code."""
        return list((self._folder / "scratch").glob("*/*/corral-*"))

    def end(self) -> None:
        """Kill them all."""
        for process in reversed(self._running):
            process.kill()
            process.wait()

    def _said(self, process: subprocess.Popen[bytes], what: re.Pattern[str]) -> re.Match[str]:
        wait_for(lambda: what.search(self.log(process)) or process.poll() is not None, _PATIENCE)
        found = what.search(self.log(process))
        if found is None:
            raise RuntimeError(f"it did not start: {self.log(process)}")
        return found

    def _start(self, module: str, *options: str, python: str = sys.executable) -> subprocess.Popen[bytes]:
        command = [python, "-m", f"distributed.cli.{module}", *options, "--host", "127.0.0.1"]
        with (self._folder / f"{len(self._running)}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  (Dask's own commands)
                [*command, "--dashboard-address", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,  # an import finds nothing of ours there
            )
        self._running.append(process)
        self._warden.tell(f"+{process.pid}")
        return process


@contextmanager
def dask_processes(folder: Path) -> Iterator[DaskProcesses]:
    """:param folder: an empty one of their own."""
    with closing(Warden()) as warden:
        cluster = DaskProcesses(folder, warden)
        try:
            yield cluster
        finally:
            cluster.end()
