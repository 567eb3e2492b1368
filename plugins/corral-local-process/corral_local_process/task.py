"""A payload and the future of its reply."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

__all__ = ["PoolTask"]


@dataclass(eq=False, slots=True)
class PoolTask:
    """One task of the pool.

    Its future stays pending while the task runs, because a running one can't be cancelled any more. Each of these
    methods ends it; call one of them, once.
    """

    payload: bytes
    future: Future[bytes] = field(default_factory=Future)

    def answer(self, reply: bytes) -> None:
        """Settle with a reply, unless it is cancelled."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(reply)

    def fail(self, error: Exception) -> None:
        """Settle with an error, unless it is cancelled."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)

    def drop_if_cancelled(self) -> bool:
        """Whether it is cancelled; if so, whoever waits for it is told."""
        return self.future.cancelled() and not self.future.set_running_or_notify_cancel()
