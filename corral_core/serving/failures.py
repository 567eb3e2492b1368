"""What it means when ``run_task`` raises instead of answering: the same wherever it runs."""

from __future__ import annotations

from corral_core.errors import CorralError, OutOfMemory, WorkerLost

__all__ = ["without_reply"]


def without_reply(error: BaseException) -> CorralError:
    """The error that settles the task's future.

    ``run_task`` reports the failures of a job's code in its reply and raises errors of corral's own, such as a
    MessageError for a payload that is no task; these stay as they are. Anything else was foreseen by nobody, so all
    that can be said is that no reply will come.
    """
    if isinstance(error, CorralError):
        return error
    place = OutOfMemory if isinstance(error, MemoryError) else WorkerLost
    lost = place(f"a task ended without a reply, with {type(error).__name__}: {error}")
    lost.__cause__ = error
    return lost
