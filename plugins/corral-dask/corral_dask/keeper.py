"""What a run has within the scheduler. It goes there by value, so all that is used here is Python's own, or Dask's."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from distributed import SchedulerPlugin

__all__ = ["Keeper"]


class Keeper(SchedulerPlugin):
    """Sees that Dask tries no task of the run again, and that nothing of it stays when its driver has gone.

    :param name: what the run's tasks, this plugin and the workers' are called.
    :param client: the driver's, as the scheduler calls it.
    """

    def __init__(self, name: str, client: str) -> None:
        self._run, self._client = name, client

    async def start(self, scheduler: Any) -> None:
        self._scheduler = scheduler

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:  # noqa: ARG002  (Dask gives it)
        """A task whose worker dies is tried again as often as the scheduler is configured to: three times. As if it had
        been that often, the first death is told."""
        if finish == "processing" and isinstance(key, str) and key.startswith(self._run):
            self._scheduler.tasks[key].suspicious = self._scheduler.allowed_failures

    def remove_client(self, scheduler: Any, client: str) -> None:
        """The driver has closed, or was killed: its tasks are released by Dask, and the code goes here."""
        if client == self._client:
            scheduler.loop.add_callback(self._leave, scheduler)

    async def _leave(self, scheduler: Any) -> None:
        with suppress(ValueError):  # the driver has done it
            scheduler.remove_plugin(self._run)
        with suppress(ValueError):
            await scheduler.unregister_worker_plugin(comm=None, name=self._run)
