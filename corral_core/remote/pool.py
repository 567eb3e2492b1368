"""Hundreds of calls in flight from one thread: what the executors of cloud functions submit to.

::

    submit(payload) ──deque──> loop thread: at most ``limit`` coroutines ──invoke(payload)──> the cloud
          ▲                                                                       │
          └───────────────────────── future of the reply ◄────────────────────────┘

A thread for each call would cost a stack each; a coroutine and its connection cost tens of kilobytes. What 1,000 calls
in flight hold is measured by ``tests/remote/test_pool.py`` and stated in docs/explanation/remote.md.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from corral_core.errors import CorralError, ExecutorUnavailable, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    Invoke = Callable[[bytes], Awaitable[bytes]]
    """Carries one payload there and its reply back; raises one of the closed set under ExecutorError."""
    Connect = Callable[[], AbstractAsyncContextManager[Invoke]]
    """Holds the client for as long as the pool lives."""

__all__ = ["InvocationPool"]


class InvocationPool:
    """Runs a plugin's ``invoke`` in a thread of its own.

    A call that has begun can't be cancelled, since the function at the other end would go on all the same; one that
    waits can.

    :param connect: entered in the pool's thread; gives ``invoke``.
    :param limit: calls in flight at once; others wait their turn.
    :raises Exception: whatever ``connect`` raises.
    """

    def __init__(self, connect: Connect, limit: int) -> None:
        self._connect, self._limit = connect, limit
        self._waiting: deque[tuple[bytes, Future[bytes]]] = deque()
        self._flying: set[asyncio.Task[None]] = set()
        self._ready: Future[None] = Future()
        self._closed = False
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="corral-invocations", daemon=True)
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self.close()
            raise

    def submit(self, payload: bytes) -> Future[bytes]:
        """Call with this payload when there is room.

        :raises ExecutorUnavailable: after :meth:`close`.
        """
        future: Future[bytes] = Future()
        with self._lock:
            if self._closed:
                raise _closed()
            self._waiting.append((payload, future))
            self._loop.call_soon_threadsafe(self._fill)
        return future

    def close(self) -> None:
        """End the thread. Calls in flight are given up, and settle with ExecutorUnavailable; safe to repeat."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        for _, future in self._waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(_closed())
        self._waiting.clear()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001  (a thread has nobody to tell: the constructor waits for it)
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            # close() may still be about to ask for the end of what has ended by itself.
            with self._lock:
                self._closed = True
                self._loop.close()

    async def _serve(self) -> None:
        async with self._connect() as invoke:
            self._invoke = invoke
            self._ready.set_result(None)
            await self._end.wait()
            for task in self._flying:
                task.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)

    def _fill(self) -> None:
        while self._waiting and len(self._flying) < self._limit and not self._end.is_set():
            payload, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                task = self._loop.create_task(self._call(payload, future))
                self._flying.add(task)
                task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._fill()

    async def _call(self, payload: bytes, future: Future[bytes]) -> None:
        try:
            future.set_result(await self._invoke(payload))
        except asyncio.CancelledError:
            future.set_exception(_closed())
        except CorralError as error:
            future.set_exception(error)
        except Exception as error:  # noqa: BLE001  (a client's own surprise must settle the future too)
            lost = WorkerLost(f"a call to the function ended with {type(error).__name__}: {error}")
            lost.__cause__ = error
            future.set_exception(lost)


def _closed() -> ExecutorUnavailable:
    return ExecutorUnavailable("the executor was closed: call open() before submit()")
