"""Calls of tasks on a cluster, in the loop of :class:`~corral_core.remote.pool.InvocationPool`.

::

    connect ─ client ─ Keeper to the scheduler, Agent to each worker, now and when one joins
    invoke ── submit(run, name, message) ── scheduler ── agent.py ── reply
                    │
    watch ──────────┴── the scheduler is silent, or has no worker: every call ends, none hangs
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable, WorkerLost
from corral_core.remote.exchange import Exchange
from corral_core.serving.wire import FAILURES, REPLY
from corral_dask.child import MESSAGE_BYTES
from corral_dask.cluster import connected, local_cluster, place
from corral_dask.facts import slots
from corral_dask.travel import by_value, travelling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from corral_dask.cluster import AsyncClient
    from corral_dask.kit import Kit

__all__ = ["Calls"]

_LOOK_SECONDS = 2.0
"""Between two looks at the scheduler."""
_WITHDRAWAL_SECONDS = 10.0
"""For the workers to end what they have of the run; one that is stuck is not waited for."""


class Calls:
    """A run's calls.

    :param where: a scheduler's address, or how many workers a cluster of our own is to have.
    :param takes: what a task takes of its worker's resources.
    :param patience: seconds that the scheduler may be silent, or without a worker.
    """

    def __init__(self, where: str | int, kit: Kit, takes: Mapping[str, float], patience: float) -> None:
        self.dashboard = ""
        """Its address, once connected; empty where there is none."""
        self._where, self._kit, self._takes, self._patience = where, kit, dict(takes), patience
        self._place = place(where) if isinstance(where, str) else "the Dask cluster on this machine"
        self._exchange = Exchange(kit.work, MESSAGE_BYTES, self._place)
        self._numbers = count()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        """Bring the code to the workers.

        :raises ExecutorUnavailable: when the scheduler can't be reached, or lets nobody bring code.
        """
        async with AsyncExitStack() as stack:
            where: Any = self._where
            if isinstance(where, int):
                where = await stack.enter_async_context(local_cluster(where))
            self._client = await stack.enter_async_context(connected(where, self._patience))
            if isinstance(self._where, str) or find_spec("bokeh"):  # without it, our own has none to show
                self.dashboard = self._client.dashboard_link
            stack.push_async_callback(self._withdraw, self._client)
            await self._install(self._client)
            self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            watch = asyncio.create_task(self._watch(self._client))
            stack.callback(watch.cancel)
            yield self._invoke

    async def _install(self, client: AsyncClient) -> None:
        from corral_dask.agent import Agent, run
        from corral_dask.keeper import Keeper

        name = self._kit.name
        self._run = by_value(run)
        try:
            with travelling():
                await client.register_plugin(Keeper(name, client.id), name=name)
                await client.register_plugin(Agent(self._kit), name=name)
        except Exception as error:
            raise ExecutorUnavailable(f"{self._place} does not take the job's code: {error}") from error

    async def _withdraw(self, client: AsyncClient) -> None:
        """The scheduler does the same when this client is gone; but then nobody would have waited for it."""
        if client.status != "running":
            return
        with suppress(OSError, ValueError, TimeoutError):
            await asyncio.wait_for(client.unregister_worker_plugin(self._kit.name), _WITHDRAWAL_SECONDS)

    async def _invoke(self, payload: bytes) -> bytes:
        if self._end.done():
            self._end.result()
        message = await self._exchange.outgoing(payload)
        key = f"{self._kit.name}-{next(self._numbers)}"
        future = self._client.submit(
            self._run,
            self._kit.name,
            message,
            key=key,
            pure=False,
            retries=0,
            resources=self._takes or None,
        )
        try:
            answer = await self._answer(future)
        finally:
            future.release()  # what was answered or given up is of no more use there
        kind, body = answer[:1], answer[1:]
        if kind == REPLY:
            return await self._exchange.incoming(body)
        raise FAILURES[kind](body.decode())

    async def _answer(self, future: Any) -> bytes:
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        result = asyncio.ensure_future(future.result())
        try:
            await asyncio.wait({result, self._end}, return_when=asyncio.FIRST_COMPLETED)
            if self._end.done() and not result.done():
                self._end.result()
            answer: bytes = await result
        except KilledWorker as error:
            raise WorkerLost(f"the Dask worker {error.last_worker.address} was lost while it ran a task") from error
        except FutureCancelledError as error:
            if error.reason == "scheduler-connection-lost":  # it may come back, but has taken our code away meanwhile
                self._give_up(self._lost())
                self._end.result()
            raise WorkerLost(f"{self._place} has dropped a task: {error.reason}") from error
        finally:
            result.cancel()
        return answer

    async def _watch(self, client: AsyncClient) -> None:
        try:
            await self._until_trouble(client)
        except ExecutorUnavailable as error:
            self._give_up(error)

    def _give_up(self, error: ExecutorUnavailable) -> None:
        if not self._end.done():
            self._end.set_exception(error)
            self._end.exception()  # seen: there may be no call that hears of it

    async def _until_trouble(self, client: AsyncClient) -> None:
        seen = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                identity = await asyncio.wait_for(client.scheduler.identity(), self._patience)
            except (OSError, TimeoutError, AttributeError) as error:  # it has no scheduler when it is closed
                raise self._lost() from error
            if slots(identity["workers"], self._takes):
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                raise ExecutorUnavailable(
                    f"{self._place} has had no worker for these tasks for {self._patience:g} s (daskTimeout): "
                    "start some, and go on with --resume"
                )

    def _lost(self) -> ExecutorUnavailable:
        return ExecutorUnavailable(
            f"{self._place} is gone, or does not answer any more: look at it with corral doctor --executor dask"
        )
