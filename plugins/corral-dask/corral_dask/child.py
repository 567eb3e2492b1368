"""What a process for tasks runs, beside a Dask worker: corral's handler of messages, between two pipes' ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from corral_core.serving.worker import serve

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MESSAGE_BYTES", "main"]

MESSAGE_BYTES = 2 * 2**20
"""Of a task or a reply, as it passes through the scheduler. Dask warns of 10 MiB, and a hundred may be on their way."""


def main(connection: int, lifeline: int, parent: int, *terms: str) -> NoReturn:
    """Serve an agent.

    :param terms: bytes of memory that this process has, 0 for no limit; 1 if tasks leave lines in the worker's log,
        else 0; the run's folder, for replies that are too large to travel.
    """
    serve(connection, lifeline, parent, partial(_load, *terms))


def _load(memory: str, log: str, work: str) -> Callable[[bytes], bytes]:
    from corral_core.remote.handler import Room, answer

    return partial(answer, room=Room(MESSAGE_BYTES, work, memory=int(memory) or None, log=log == "1"))
