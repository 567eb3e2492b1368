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
from functools import partial
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

    A call that waits can be cancelled. One that has begun can only where that ends it at the other end too: a cloud
    function would go on all the same.

    :param connect: entered in the pool's thread; gives ``invoke``.
    :param limit: calls in flight at once; others wait their turn.
    :param can_cancel: cancelling ``invoke`` ends the call at the other end.
    :raises Exception: whatever ``connect`` raises.
    """

    def __init__(self, connect: Connect, limit: int, *, can_cancel: bool = False) -> None:
        self._connect, self._limit, self._can_cancel = connect, limit, can_cancel
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
            if self._is_wanted(future):
                task = self._loop.create_task(self._call(payload, future))
                self._flying.add(task)
                task.add_done_callback(self._landed)
                if self._can_cancel:
                    future.add_done_callback(partial(self._notice_cancel, task))

    def _is_wanted(self, future: Future[bytes]) -> bool:
        # A future that runs can't be cancelled any more, so one that may be stays pending until it is settled.
        if self._can_cancel and not future.cancelled():
            return True
        return future.set_running_or_notify_cancel()

    def _notice_cancel(self, task: asyncio.Task[None], future: Future[bytes]) -> None:
        if future.cancelled():
            with self._lock:
                if not self._closed:
                    self._loop.call_soon_threadsafe(task.cancel)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._fill()

    async def _call(self, payload: bytes, future: Future[bytes]) -> None:
        try:
            reply = await self._invoke(payload)
        except asyncio.CancelledError:
            self._settle(future, _closed())
        except CorralError as error:
            self._settle(future, error)
        except Exception as error:  # noqa: BLE001  (a client's own surprise must settle the future too)
            lost = WorkerLost(f"a call to a worker ended with {type(error).__name__}: {error}")
            lost.__cause__ = error
            self._settle(future, lost)
        else:
            self._settle(future, reply)

    def _settle(self, future: Future[bytes], end: bytes | Exception) -> None:
        if self._can_cancel and not future.set_running_or_notify_cancel():
            return
        if isinstance(end, bytes):
            future.set_result(end)
        else:
            future.set_exception(end)


def _closed() -> ExecutorUnavailable:
    return ExecutorUnavailable("the executor was closed: call open() before submit()")
