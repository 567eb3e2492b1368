"""Which workers there are and which are free. Pure bookkeeping: what a worker is does not matter here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_local_process.task import PoolTask

__all__ = ["Crew"]

_FAILED_STARTS = 3
"""So many workers in a row that died before they were ready, and no more are started."""


class _Worker(Protocol):
    task: PoolTask | None
    ready: bool


_W = TypeVar("_W", bound=_Worker)


class Crew(Generic[_W]):
    """At most ``size`` workers, started as they are needed.

    Replacing is no step of its own: a lost worker leaves room for a new one. So every death costs a task or counts as
    a failed start, and a worker that can't live can't keep the pool busy for ever.

    :param start: makes a worker, or raises OSError.
    """

    def __init__(self, size: int, start: Callable[[], _W]) -> None:
        self.workers: set[_W] = set()
        self.trouble = ""
        """How the last start failed."""
        self._size = size
        self._start = start
        self._free: list[_W] = []
        self._failed_starts = 0

    def take(self) -> _W | None:
        """A worker for a task: the one that became free last, whose caches are warm, or a new one, or None."""
        if self._free:
            return self._free.pop()
        if len(self.workers) >= self._size or self._failed_starts >= _FAILED_STARTS:
            return None
        try:
            worker = self._start()
        except OSError as error:
            self.failed_start(f"can't be started: {error}")
            return None
        self.workers.add(worker)
        return worker

    def give_back(self, worker: _W) -> None:
        """It has no task any more."""
        self._free.append(worker)

    def is_ready(self, worker: _W) -> None:
        """It came up."""
        worker.ready = True
        self._failed_starts = 0

    def remove(self, worker: _W) -> None:
        """It is no more."""
        self.workers.discard(worker)
        if worker in self._free:
            self._free.remove(worker)

    def failed_start(self, how: str) -> None:
        """A worker died before it was ready, or there was none."""
        self._failed_starts += 1
        self.trouble = how
