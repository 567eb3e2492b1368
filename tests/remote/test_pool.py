from __future__ import annotations

import asyncio
import threading
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import ExecutorUnavailable, Throttled, WorkerLost
from corral_core.remote.pool import InvocationPool
from corral_core.testing.servers import wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

PATIENCE = 30


class Cloud:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.flying = self.most = 0
        self.open = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.connected = False

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        self.loop = asyncio.get_running_loop()
        self.connected = True
        yield self.invoke
        self.connected = False

    async def invoke(self, payload: bytes) -> bytes:
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await self.open.wait()
        finally:
            self.flying -= 1
        if payload == b"throttle":
            raise Throttled("slower")
        if payload == b"bug":
            raise ValueError("odd")
        return payload[::-1]

    def let(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.open.set)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def pool(cloud: Cloud) -> Iterator[InvocationPool]:
    pool = InvocationPool(cloud.connect, 10)
    yield pool
    pool.close()


def test_each_reply_belongs_to_its_payload(cloud: Cloud, pool: InvocationPool) -> None:
    futures = [pool.submit(b"%d!" % n) for n in range(100)]
    assert wait_for(futures[9].running, PATIENCE)
    cloud.let()
    assert [future.result(PATIENCE) for future in futures] == [b"!" + str(n).encode()[::-1] for n in range(100)]
    assert cloud.most == 10


def test_what_invoke_raises_settles_the_future(cloud: Cloud, pool: InvocationPool) -> None:
    cloud.let()
    with pytest.raises(Throttled):
        pool.submit(b"throttle").result(PATIENCE)
    with pytest.raises(WorkerLost, match="ValueError: odd"):
        pool.submit(b"bug").result(PATIENCE)
    assert pool.submit(b"on").result(PATIENCE) == b"no"


def test_waiting_calls_can_be_cancelled_and_running_ones_cannot(cloud: Cloud, pool: InvocationPool) -> None:
    futures = [pool.submit(b"x") for _ in range(11)]
    assert wait_for(futures[9].running, PATIENCE)
    assert not futures[0].cancel()
    assert futures[10].cancel()
    cloud.let()
    assert all(future.result(PATIENCE) == b"x" for future in futures[:10])


def test_close_settles_everything_and_leaves_no_thread(cloud: Cloud) -> None:
    before = set(threading.enumerate())
    pool = InvocationPool(cloud.connect, 10)
    futures = [pool.submit(b"x") for _ in range(30)]
    pool.close()
    pool.close()
    assert all(isinstance(future.exception(0), ExecutorUnavailable) for future in futures)
    assert not cloud.connected
    assert set(threading.enumerate()) == before
    with pytest.raises(ExecutorUnavailable):
        pool.submit(b"late")


def test_a_client_that_cannot_be_made_is_told_to_who_opens() -> None:
    def connect() -> AbstractAsyncContextManager[Callable[[bytes], Awaitable[bytes]]]:
        raise ExecutorUnavailable("no way there")

    before = set(threading.enumerate())
    with pytest.raises(ExecutorUnavailable, match="no way there"):
        InvocationPool(connect, 10)
    assert set(threading.enumerate()) == before


def test_a_thousand_calls_in_flight_take_one_thread_and_little_memory(cloud: Cloud) -> None:
    threads = threading.active_count()
    pool = InvocationPool(cloud.connect, 1000)
    tracemalloc.start()
    futures = [pool.submit(b"x") for _ in range(1000)]
    assert wait_for(futures[-1].running, PATIENCE)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert threading.active_count() == threads + 1
    assert held < 10 * 2**20
    cloud.let()
    assert all(future.result(PATIENCE) for future in futures)
    pool.close()


@pytest.fixture
def cancelling(cloud: Cloud) -> Iterator[InvocationPool]:
    """A pool whose calls can be cancelled when they have begun."""
    pool = InvocationPool(cloud.connect, 2, can_cancel=True)
    yield pool
    pool.close()


def test_a_call_that_has_begun_is_cancelled_where_that_ends_it(cloud: Cloud, cancelling: InvocationPool) -> None:
    flying = [cancelling.submit(b"%d" % n) for n in range(2)]
    waiting = cancelling.submit(b"abc")
    assert wait_for(lambda: cloud.flying == 2, PATIENCE)
    assert flying[0].cancel()
    assert wait_for(lambda: cloud.flying == 2 and cloud.most == 2, PATIENCE), "the one that waits takes its place"
    cloud.let()
    assert waiting.result(PATIENCE) == b"cba"
    assert flying[1].result(PATIENCE) == b"1"
    assert flying[0].cancelled()


def test_where_calls_can_be_cancelled_errors_and_close_settle_them_too(
    cloud: Cloud, cancelling: InvocationPool
) -> None:
    odd, cancelled = cancelling.submit(b"bug"), cancelling.submit(b"x")
    waiting = cancelling.submit(b"y")
    assert wait_for(lambda: cloud.flying == 2, PATIENCE)
    assert cancelled.cancel()
    cloud.let()
    with pytest.raises(WorkerLost, match="ValueError: odd"):
        odd.result(PATIENCE)
    assert waiting.result(PATIENCE) == b"y"
    cloud.open.clear()
    held = cancelling.submit(b"z")
    assert wait_for(lambda: cloud.flying == 1, PATIENCE)
    cancelling.close()
    assert isinstance(held.exception(0), ExecutorUnavailable)
