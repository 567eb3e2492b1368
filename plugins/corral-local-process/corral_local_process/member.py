"""A worker process of the pool, and the task that it has in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.serving.process import WorkerProcess

if TYPE_CHECKING:
    from corral_core.serving.process import Command
    from corral_local_process.task import PoolTask

__all__ = ["PoolWorker"]


class PoolWorker(WorkerProcess):
    """Starts one; its socket never blocks.

    :raises OSError: when the system can't start it.
    """

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self.task: PoolTask | None = None
        self.ready = False
