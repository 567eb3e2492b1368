"""What went wrong with a call, in the core's closed set: pure functions over what Cloud Run answers.

Statuses and sentences as its troubleshooting guide has them, as of November 2026.
"""

from __future__ import annotations

from http import HTTPStatus

from corral_core.errors import (
    CorralError,
    ExecutorUnavailable,
    MessageError,
    TaskTimeout,
    Throttled,
    WorkerLost,
)

__all__ = ["call_failure"]

_NO_INSTANCE = "no available instance"
"""Comes with 429 and, when many instances start at once, with 500."""
_OVER_TIME = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}
_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def call_failure(status: int, body: str, function: str) -> CorralError:
    """A call that brought no answer of corral's."""
    said = f"Cloud Run answered {status}: {' '.join(body.split())[:200] or 'no reason given'}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or _NO_INSTANCE in body:
        return Throttled(f"{said}; give a lower maxConcurrency, or a higher gcfMaxInstances")
    if status in _OVER_TIME:
        return TaskTimeout(f"{said}; give --gcf-timeout more, up to 3600, or smaller bins (--map-bin-size)")
    if status in _DENIED:
        return ExecutorUnavailable(f"{said}; the driver's account must have roles/run.invoker on {function}")
    if status == HTTPStatus.NOT_FOUND:
        return ExecutorUnavailable(f"the function {function} is gone while the run used it; run it again")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return MessageError(f"a task's message is larger than the 32 MiB that Cloud Run takes: {said}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return WorkerLost(f"{said}; an instance that outgrows --gcf-memory ends like this, as its log would tell")
    return ExecutorUnavailable(said)
