"""What a settled future means: an answer, or which kind of failure, told as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from corral_core.errors import (
    MessageError,
    OutOfMemory,
    RunError,
    TaskFailedError,
    TaskTimeout,
    Throttled,
)
from corral_core.tasks import Done, Failed, decode_reply

if TYPE_CHECKING:
    from concurrent.futures import Future

    from corral_core.engine.scheduler import Fault
    from corral_core.tasks import TaskId

__all__ = ["Lost", "failed_text", "judge"]

_OF_PLACE: dict[type[Exception], Fault] = {
    Throttled: "throttled",
    TaskTimeout: "timeout",
    OutOfMemory: "memory",
    MessageError: "user",  # the same versions will not understand each other next time
}
"""Faults by what a future was settled with; anything else is the place's."""

_OF_WORKER: dict[str, Fault] = {
    "user": "user",
    "data": "user",
    "segment": "user",  # once more, should it have been cut on the way; then its mapper has to write it anew
    "memory": "memory",
    "timeout": "timeout",
}
"""Faults by the kind that a worker reports; anything else is the place's."""


class Lost(NamedTuple):
    """An attempt without an answer."""

    fault: Fault
    error: Exception
    reply: Failed | None


def judge(task: TaskId, future: Future[bytes], time: int) -> Done | Lost:
    """What an attempt came to.

    :param future: settled, and not cancelled.
    :param time: how often the task will have failed, if it has.
    """
    try:
        reply = decode_reply(future.result())
    except Exception as error:  # noqa: BLE001  (whatever the place raised, the task failed)
        fault: Fault = next((fault for cls, fault in _OF_PLACE.items() if isinstance(error, cls)), "place")
        failure = TaskFailedError(f"{failed_text(task, time)}: {type(error).__name__}: {error}", str(task))
        failure.__cause__ = error
        return Lost(fault, failure, None)
    if reply.id != task:
        return Lost("place", RunError(_mixed_up(task, reply.id)), None)
    if isinstance(reply, Done):
        return reply
    fault = "place" if reply.error == "DataError" else _OF_WORKER.get(reply.kind, "place")
    return Lost(fault, TaskFailedError(_sentence(task, reply, time), str(task), reply), reply)


def failed_text(task: TaskId, time: int) -> str:
    """How a message about a failure begins.

    :param time: how often the task has failed.
    """
    return f"{task} failed" if time == 1 else f"{task} failed {time} times, the last time"


def _mixed_up(task: TaskId, other: TaskId) -> str:
    return (
        f"{task} was answered with the reply of {other}: its executor mixes them up, which corral plugin check would "
        "show whoever made it"
    )


def _sentence(task: TaskId, report: Failed, time: int) -> str:
    where = ""
    if report.file is not None and report.file not in report.message:
        where = f" at {report.file}"
        if report.offset is not None:
            where += f", byte {report.offset}"
    if report.preview and (where or report.file is None):
        where += f" ({'record' if report.file is not None else 'key'} {report.preview})"
    message = report.message or "no message"
    what = message if report.kind == "data" else f"{report.error}: {message}"
    return f"{failed_text(task, time)}{where}: {what}"
