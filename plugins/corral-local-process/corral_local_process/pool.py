"""The pool: tasks in, replies out, workers that may die.

::

    submit ──▶ waiting (FIFO) ──▶ ┌──────────────┐ ── frames ──▶ worker process: run_task
       │                          │  one thread  │
       ▼                          │  one selector│
    future ◀───── settled by ──── └──────────────┘ ◀── frames ── worker process: run_task

One thread owns the workers, so their state needs no locks.

Why our own: in ``concurrent.futures`` the death of one worker breaks the pool and fails every task in it, and so it
does in loky, which then starts anew. Here it costs the one task that the worker had in hand.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from corral_core.errors import ExecutorUnavailable, OutOfMemory, WorkerLost
from corral_core.serving.oom import OutOfMemoryKills
from corral_core.serving.wire import FAILURES, JOB, PROFILE, READY, REPLY, TASK, frame
from corral_local_process.crew import Crew
from corral_local_process.member import PoolWorker
from corral_local_process.task import PoolTask

if TYPE_CHECKING:
    from concurrent.futures import Future

    from corral_core.errors import ExecutorError
    from corral_local_process.command import Command

__all__ = ["Pool"]

_GRACE_SECONDS = 0.5
"""For workers that are to end: so long may a task clean up and what is registered with atexit run."""

_MEMORY_HINT = "; if the system ran out of memory, lower localWorkers or taskMemory"
"""Where the kernel does not say (oom.py)."""


class Pool:
    """Opens with one worker on its way.

    :param size: workers at most.
    :param command: how to start one.
    :param job: the run's JobRef as JSON, which each worker loads before its first task comes.
    :param memprofile: where each worker writes a memory profile, with its process id appended; empty for none.
    """

    def __init__(self, size: int, command: Command, job: bytes, memprofile: str = "") -> None:
        self._command = command
        self._greeting = (frame(PROFILE, os.fsencode(memprofile)) if memprofile else b"") + frame(JOB, job)
        self._crew = Crew(size, self._start_worker)
        self._waiting: deque[PoolTask] = deque()
        self._kills = OutOfMemoryKills()
        self._driver = os.getpid()
        self._closing = False
        self._cancelled = False
        self._leaving: dict[PoolWorker, float] = {}  # interrupted in a cancelled task; killed at that time
        self._lock = threading.Lock()  # between a submit and the end: no task may slip in after the last look
        self._selector = selectors.DefaultSelector()
        self._alarm, self._waker = socket.socketpair()
        self._alarm.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="corral-local-process", daemon=True)
        self._thread.start()

    def submit(self, payload: bytes) -> Future[bytes]:
        """The future of the reply. Cancelling it ends the worker that runs the task, as close() does.

        :raises ExecutorUnavailable: after :meth:`close`.
        """
        task = PoolTask(payload)
        with self._lock:
            if self._closing:
                raise ExecutorUnavailable("the local-process executor is closed")
            self._waiting.append(task)
        task.future.add_done_callback(self._notice_cancel)
        self._wake()
        return task.future

    def close(self) -> None:
        """End all workers; what is unsettled fails with ExecutorUnavailable. In a forked child it does nothing."""
        if os.getpid() != self._driver:
            return
        self._closing = True
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _notice_cancel(self, future: Future[bytes]) -> None:
        if future.cancelled():
            self._cancelled = True
            self._wake()

    def _wake(self) -> None:
        # A full socket wakes the thread just as well, and behind a closed one there is nothing to wake.
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    # From here on: in the pool's thread.

    def _run(self) -> None:
        try:
            if first := self._crew.take():
                self._crew.give_back(first)
            while not self._closing:
                self._hand_out()
                for key, _ in self._selector.select(_GRACE_SECONDS if self._leaving else None):
                    if key.data is None:
                        self._awake()
                    elif key.data in self._crew.workers:
                        self._serve(key.data)
                self._kill_overdue()
        finally:
            self._end()

    def _awake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._alarm.recv(4096):
                pass
        if self._cancelled:
            self._cancelled = False
            for worker in list(self._crew.workers):
                if worker.task is not None and worker.task.drop_if_cancelled():
                    self._send_away(worker)

    def _send_away(self, worker: PoolWorker) -> None:
        if worker.ready:
            worker.hang_up(busy=True)
            worker.task = None
            self._leaving[worker] = time.monotonic() + _GRACE_SECONDS
        else:
            self._end_worker(worker)

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for worker in [worker for worker, until in self._leaving.items() if until <= now]:
            self._end_worker(worker)

    def _hand_out(self) -> None:
        while self._waiting:
            if self._waiting[0].drop_if_cancelled():
                self._waiting.popleft()
                continue
            worker = self._crew.take()
            if worker is None:
                break
            worker.task = self._waiting.popleft()
            self._send(worker, frame(TASK, worker.task.payload))
        if self._waiting and not self._crew.workers:
            self._refuse(
                f"local-process has no worker, the last one {self._crew.trouble}; see its error output, "
                "or use --executor inline"
            )

    def _start_worker(self) -> PoolWorker:
        worker = PoolWorker(self._command)
        self._selector.register(worker.socket, selectors.EVENT_READ, worker)
        self._send(worker, self._greeting)
        return worker

    def _send(self, worker: PoolWorker, data: bytes = b"") -> None:
        # A worker that hung up is found by the next read, which also sees what it said before.
        sent = True
        with contextlib.suppress(ConnectionError):
            sent = worker.send(data)
        events = selectors.EVENT_READ if sent else selectors.EVENT_READ | selectors.EVENT_WRITE
        if self._selector.get_key(worker.socket).events != events:
            self._selector.modify(worker.socket, events, worker)

    def _serve(self, worker: PoolWorker) -> None:
        frames = worker.receive()
        if frames is None:
            self._lost(worker)
            return
        for kind, body in frames:
            if kind == READY:
                self._crew.is_ready(worker)
            elif worker not in self._leaving:
                self._settle(worker, kind, body)
        self._send(worker)

    def _settle(self, worker: PoolWorker, kind: bytes, body: bytes) -> None:
        task, worker.task = worker.task, None
        self._crew.give_back(worker)
        self._hand_out()  # before the future's callbacks run, so that no worker waits for them
        if task is not None and kind == REPLY:
            task.answer(body)
        elif task is not None:
            task.fail(FAILURES[kind](body.decode()))

    def _lost(self, worker: PoolWorker) -> None:
        how = self._end_worker(worker)
        if not worker.ready:
            self._crew.failed_start(how)
            if worker.task is not None:  # it never began
                self._waiting.appendleft(worker.task)
        elif worker.task is not None:
            worker.task.fail(self._death(worker.pid, how))

    def _death(self, pid: int, how: str) -> ExecutorError:
        what = f"worker process {pid} {how} while it ran a task"
        if not how.endswith("SIGKILL"):
            return WorkerLost(what)
        if self._kills.explains_one():
            return OutOfMemory(f"{what}, and the system had run out of memory; lower localWorkers or taskMemory")
        return WorkerLost(what + _MEMORY_HINT)

    def _end_worker(self, worker: PoolWorker) -> str:
        self._selector.unregister(worker.socket)
        self._crew.remove(worker)
        self._leaving.pop(worker, None)
        return worker.end()

    def _refuse(self, reason: str) -> None:
        while self._waiting:
            self._waiting.popleft().fail(ExecutorUnavailable(reason))

    def _end(self) -> None:
        with self._lock:
            self._closing = True
        for worker in self._crew.workers:
            if worker.ready:
                worker.hang_up(busy=worker.task is not None)
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in self._crew.workers:
            worker.end(grace=deadline - time.monotonic() if worker.ready else 0)
        reason = "the local-process executor was closed before the task was done"
        for worker in self._crew.workers:
            if worker.task is not None:
                worker.task.fail(ExecutorUnavailable(reason))
        self._refuse(reason)
        self._selector.close()
        self._alarm.close()
        self._waker.close()
