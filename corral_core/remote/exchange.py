"""A call's payload and its reply, as they travel: themselves, or the places in storage where they lie."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from corral_core.errors import ExecutorUnavailable, WorkerLost
from corral_core.remote.messages import is_reference, laid_down, opened

__all__ = ["Exchange"]


@dataclass(frozen=True)
class Exchange:
    """The driver's side; the worker's is in :mod:`corral_core.remote.handler`."""

    work: str
    """The run's folder, for messages that are too large to travel; empty for none."""
    most: int
    """Bytes that travel."""
    place: str
    """Who takes no more, in messages."""

    async def outgoing(self, payload: bytes) -> bytes:
        """The message to send for a task's payload.

        :raises ExecutorUnavailable: when it is too large, and can't be stored.
        """
        if len(payload) <= self.most:
            return payload
        if not self.work:
            raise ExecutorUnavailable(
                f"a task's message of {len(payload):,} bytes is larger than the {self.most:,} that {self.place} takes, "
                "and there is no store to lay it in: give --out there"
            )
        try:
            return await asyncio.to_thread(laid_down, payload, self.work)
        except OSError as error:
            raise ExecutorUnavailable(f"a message that is too large to travel can't be stored: {error}") from error

    async def incoming(self, message: bytes) -> bytes:
        """The reply that a worker's message is, or stands for.

        :raises MessageError: when the worker refused the task.
        :raises WorkerLost: when the reply can't be read.
        """
        try:
            return await asyncio.to_thread(opened, message) if is_reference(message) else opened(message)
        except OSError as error:
            raise WorkerLost(f"a reply that is too large to travel can't be read: {error}") from error
