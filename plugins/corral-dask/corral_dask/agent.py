"""What runs within a Dask worker: it keeps a run's code there, and hands tasks to processes of their own.

::

    scheduler ── run(name, message) ──▶ a thread of the Dask worker ── frame ──▶ process: child.py, run_task
                                                    ▲                                │
                                                    └──────────── frame ─────────────┘

Tasks get processes of their own because a Dask worker is many users': modules of two runs that have the same names must
not meet, a mapper that crashes must not take other people's results along, and a thread can't be ended when its task is
cancelled, but a process can.

This module goes to the workers by value, with what it uses of ``corral_core.serving``: they need not have corral. So
all that is used here is Python's own, or Dask's.
"""

from __future__ import annotations

import asyncio
import io
import os
import threading
import zipfile
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin, get_worker

from corral_core.serving.oom import OutOfMemoryKills
from corral_dask.process import TaskCommand, TaskProcess, last_words

if TYPE_CHECKING:
    from corral_dask.kit import Kit

__all__ = ["Agent", "run"]

_GRACE_SECONDS = 0.5
"""For a task that is cancelled to clean up."""
_END_SECONDS = 10.0
"""For what was killed to be gone."""


def run(name: str, message: bytes) -> bytes:
    """The task, as Dask sees it: a run's name and a task's message in, the kind and body of its answer out."""
    worker = get_worker()
    agent: Any = worker.plugins[name]
    answer: bytes = agent.run(worker.get_current_task(), message)
    return answer


class Agent(WorkerPlugin):
    """One run's, on one Dask worker. Its methods run in the worker's event loop; :meth:`run` has a thread."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def setup(self, worker: Any) -> None:
        self._lock = threading.Condition()
        self._free: list[TaskProcess] = []
        self._busy: dict[Any, TaskProcess] = {}
        self._ending = 0  # processes that are on their way out
        self._closing = False
        self._trouble = ""
        self._loop = asyncio.get_running_loop()
        self._kills = OutOfMemoryKills()
        self._place = f"the Dask worker {worker.address}"
        self._code = Path(worker.local_directory, self._kit.name)
        limit = worker.memory_manager.memory_limit or 0
        packed = self._kit.archive is not None
        self._command = TaskCommand(self._kit, str(self._code) if packed else "", limit // worker.state.nthreads)
        self._environment = os.environ | ({"CORRAL_CODE_ROOT": str(self._code)} if packed else {})
        if self._kit.archive is not None:
            await asyncio.to_thread(self._unpack, self._kit.archive)

    def run(self, key: Any, message: bytes) -> bytes:
        """Run a task in a process that is free, or in a new one."""
        if self._trouble:
            return b"w" + self._trouble.encode()
        try:
            process = self._take(key)
        except OSError as error:
            return b"w" + f"{self._place} can't start a process: {error}".encode()
        answer = process.ask(message)
        with self._lock:
            del self._busy[key]  # from now on nobody else ends it
            # Its task may have been cancelled after its answer, which told it to end all the same.
            if answer is not None and not self._closing and not process.leaving:
                self._free.append(process)
                return answer
            self._ending += 1
        try:
            how = process.end()
            return answer or last_words(process, how, self._place, self._kills)
        finally:
            with self._lock:
                self._ending -= 1
                self._lock.notify_all()

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """End a task that nobody waits for any more: it was cancelled, or its driver is gone."""
        if start == "executing" and finish not in ("memory", "error"):
            with self._lock:
                self._interrupt(key)

    async def teardown(self, worker: Any) -> None:  # noqa: ARG002  (Dask gives it)
        """End all processes, and remove the code."""
        await asyncio.to_thread(self._close)

    def _unpack(self, archive: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                packed.extractall(self._code)
        except OSError as error:
            self._trouble = f"{self._place} can't unpack the job's code into {self._code}: {error}"

    def _take(self, key: Any) -> TaskProcess:
        with self._lock:
            process = self._free.pop() if self._free else TaskProcess(self._command, self._environment)
            self._busy[key] = process
            return process

    def _interrupt(self, key: Any) -> None:
        process = self._busy.get(key)
        if process is not None and process.ready:
            process.hang_up(busy=True)
            self._loop.call_later(_GRACE_SECONDS, self._kill, key, process)
        elif process is not None:
            process.kill()

    def _kill(self, key: Any, process: TaskProcess) -> None:
        with self._lock:
            if self._busy.get(key) is process:
                process.kill()

    def _close(self) -> None:
        with self._lock:
            self._closing = True
            free, self._free = self._free, []
            for process in free:
                process.hang_up(busy=False)
            for process in self._busy.values():
                process.hang_up(busy=process.ready)
        for process in free:
            process.end(_GRACE_SECONDS)
        with self._lock:
            if not self._lock.wait_for(self._is_empty, _GRACE_SECONDS):
                for process in self._busy.values():
                    process.kill()
                self._lock.wait_for(self._is_empty, _END_SECONDS)
        rmtree(self._code, ignore_errors=True)

    def _is_empty(self) -> bool:
        return not self._busy and not self._ending
