"""Connections to a scheduler: the user's own, or one of a cluster that lives as long as the run."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable, reason_of
from corral_dask.noise import quiet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["AsyncClient", "connected", "local_cluster", "place"]

AsyncClient = Any
"""A ``distributed.Client``, whose types are those of its other, synchronous half."""


def place(address: str) -> str:
    """What messages call it."""
    return f"the Dask scheduler at {address}"


@asynccontextmanager
async def connected(address: str | Any, seconds: float) -> AsyncIterator[AsyncClient]:
    """A client, in the running loop.

    :param address: a scheduler's, or a cluster.
    :param seconds: how long to wait for an answer.
    :raises ExecutorUnavailable: when there is none.
    """
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    with quiet():
        # Not for as long as the client lives: filters are the whole process's. While it connects, nobody else runs.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(address, asynchronous=True, timeout=seconds, set_as_default=False, name="corral")
            try:
                await asyncio.wait_for(client, seconds + 1)
            except Exception as error:
                await client.close()
                raise ExecutorUnavailable(_unreachable(address, seconds, error)) from error
        async with client:
            yield client


def _unreachable(address: str, seconds: float, error: Exception) -> str:
    if isinstance(error, TypeError) and address.startswith("tls:"):
        return f"{place(address)} wants TLS: name certificates in distributed.comm.tls of Dask's configuration"
    cause: BaseException = error
    while cause.__cause__ is not None:  # Dask says where it was, and its cause what it was
        cause = cause.__cause__
    why = (reason_of(cause) if isinstance(cause, OSError) else str(cause)) or "no answer"
    return (
        f"{place(address)} can't be reached within {seconds:g} s (daskTimeout): {why}; start it with `dask scheduler`, "
        "or leave out daskScheduler for a cluster on this machine"
    )


@asynccontextmanager
async def local_cluster(workers: int) -> AsyncIterator[Any]:
    """A cluster within this process: its workers are threads, each of which has a process for tasks.

    It listens nowhere but, for its dashboard, on 127.0.0.1.
    """
    from distributed import LocalCluster

    with quiet():
        async with LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            asynchronous=True,
            memory_limit=None,  # it would measure this process, the driver's
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster:
            yield cluster
