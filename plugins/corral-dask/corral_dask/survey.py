"""Asks a scheduler what there is, before anything is written."""

from __future__ import annotations

import asyncio
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable
from corral_dask.cluster import connected, place
from corral_dask.facts import slots, stranger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corral_dask.cluster import AsyncClient

__all__ = ["Survey", "survey"]


@dataclass(frozen=True)
class Survey:
    """What there is."""

    slots: int
    """Tasks that the workers which are there now run at once."""
    versions: Mapping[str, Any]
    """As ``Client.get_versions`` gives them."""
    libc: tuple[tuple[str, str], ...]
    """As ``platform.libc_ver`` gives it on each worker."""
    stranger: str
    """Where Dask's versions differ; empty when they don't."""


def survey(address: str, takes: Mapping[str, float], seconds: float) -> Survey:
    """Connect, and wait for a worker that can take a task.

    :param takes: what a task takes of its worker's resources.
    :raises ExecutorUnavailable: when there is no scheduler, or no worker, within ``seconds``.
    """
    # In a thread of its own, for a notebook's has an event loop that runs already.
    with ThreadPoolExecutor(1, "corral-dask") as thread:
        return thread.submit(asyncio.run, _survey(address, takes, seconds)).result()


async def _survey(address: str, takes: Mapping[str, float], seconds: float) -> Survey:
    async with connected(address, seconds) as client:
        await _first_worker(client, address, takes, seconds)
        libc = await client.run(platform.libc_ver)
        identity = await client.scheduler.identity()
        versions = await client.get_versions()
    return Survey(slots(identity["workers"], takes), versions, tuple(libc.values()), stranger(versions))


async def _first_worker(client: AsyncClient, address: str, takes: Mapping[str, float], seconds: float) -> None:
    """Not by waiting alone: a cluster that grows and shrinks has no worker until there is a task."""
    task = client.submit(platform.machine, pure=False, resources=dict(takes) or None)
    try:
        await asyncio.wait_for(task.result(), seconds)
    except TimeoutError:
        wanted = ", ".join(f"{name}={amount:g}" for name, amount in takes.items())
        which = f"worker with {wanted} (daskResources)" if takes else "worker"
        raise ExecutorUnavailable(
            f"{place(address)} has no {which} that takes a task within {seconds:g} s (daskTimeout): start one, or wait"
        ) from None
    finally:
        task.release()
