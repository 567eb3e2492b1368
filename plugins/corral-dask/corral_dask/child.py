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


def main(connection: int, lifeline: int, parent: int, memory: int, log: int, work: str) -> NoReturn:
    """Serve an agent.

    :param memory: bytes that this process has; 0 for no limit.
    :param log: whether tasks leave lines in the worker's log.
    :param work: the run's folder, for replies that are too large to travel.
    """
    serve(connection, lifeline, parent, partial(_load, memory, log, work))


def _load(memory: int, log: int, work: str) -> Callable[[bytes], bytes]:
    from corral_core.remote.handler import Room, answer

    return partial(answer, room=Room(MESSAGE_BYTES, work, memory=memory or None, log=bool(log)))
