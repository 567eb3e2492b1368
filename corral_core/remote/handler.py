"""The worker's side of a cloud function: a message in, a message out.

::

    message ──opened──> task ──run_task, within the time and memory left──> reply ──laid_down if large──> message

It starts light: what it imports is ``corral_core.worker`` and little else. A plugin's own handler adds how its cloud
hands over bytes, and what is left of time and memory.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.memory import resident
from corral_core.errors import MessageError
from corral_core.remote.deadline import OutOfTime, time_limit
from corral_core.remote.messages import laid_down, opened, refusal
from corral_core.tasks import LEAST_TASK_MEMORY, Failed, TaskId, decode_reply, encode
from corral_core.worker import run_task

if TYPE_CHECKING:
    from corral_core.tasks import Reply

__all__ = ["Room", "answer"]

_MARGIN = 2.0
"""Seconds to abort uploads in and to send the answer; a tenth of the time when that is less."""


@dataclass(frozen=True)
class Room:
    """What the place has for one task."""

    reply: int
    """Bytes in a reply, at most."""
    work: str = ""
    """The run's folder, for a reply that is larger; empty for none."""
    seconds: float | None = None
    """Until the place ends the process."""
    memory: int | None = None
    """Bytes of the whole process."""
    log: bool = True
    """Whether each task leaves lines in the place's log."""


class _Named(msgspec.Struct):
    id: TaskId


def answer(message: bytes, room: Room) -> bytes:
    """Run the task of one message.

    :returns: its reply, where the reply lies, or a refusal when the message is no task.
    """
    began = time.monotonic()
    try:
        payload = opened(message)
        identity = _identity(payload)
        if room.log:
            _log(identity, "begins")
        reply = _run(payload, identity, room, began)
    except MessageError as error:
        return refusal(error)
    if room.log:
        _log(identity, _outcome(decode_reply(reply)))
    return reply if len(reply) <= room.reply or not room.work else laid_down(reply, room.work)


def _identity(payload: bytes) -> TaskId:
    try:
        return msgspec.json.decode(payload, type=_Named).id
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a task message of corral: {error}") from error


def _run(payload: bytes, identity: TaskId, room: Room, began: float) -> bytes:
    left = None
    if room.seconds is not None:
        left = room.seconds - min(_MARGIN, room.seconds / 10) - (time.monotonic() - began)
    try:
        with time_limit(left):
            return run_task(payload, most_memory=_most_memory(room.memory))
    except OutOfTime:
        message = f"it was stopped shortly before the {room.seconds:.0f} s that its place had left for it were over"
        return encode(Failed(identity, "timeout", "OutOfTime", message))


def _most_memory(memory: int | None) -> int | None:
    """Half of what is free: the other half is for a spill's buffers, for read-ahead, and for uploads."""
    return None if memory is None else max(LEAST_TASK_MEMORY, (memory - resident()) // 2)


def _outcome(reply: Reply) -> str:
    if isinstance(reply, Failed):
        return f"failed: {reply.error}"
    return f"done: {reply.stats.records_in} records in, {reply.stats.records_out} out"


def _log(task: TaskId, what: str) -> None:
    """A line for the place's log. The run's id in it is how ``corral logs`` tells this run's lines from others'."""
    sys.stdout.write(f"corral run {task.run}, {task}, attempt {task.label}: {what}\n")
    sys.stdout.flush()
