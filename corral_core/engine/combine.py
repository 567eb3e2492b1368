"""The user's combiner as a function from values to values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.engine.taskio import task_emitter
from corral_core.engine.usercode import reduce_code
from corral_core.errors import CarryError
from corral_core.keys import order

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.engine.place import Place
    from corral_core.job import Job, TaskContext

__all__ = ["combining"]


def combining(job: Job, context: TaskContext, place: Place) -> Callable[[Any, list[Any]], list[Any]] | None:
    """``combine(key, values)`` of the job's combiner, fresh, or None when it has none."""
    if job.combiner is None:
        return None
    code = reduce_code(job.combiner, job, context.arguments)
    current: Any = None
    out: list[Any] = []

    def emit(key: Any, value: Any) -> None:
        if key is not current and order(key) != order(current):
            raise CarryError(
                f"the combiner of job {job.name} was given the key {current!r} and emitted {key!r}: a combiner must "
                "keep its key"
            )
        out.append(value)

    emitter = task_emitter(emit, context)

    def combine(key: Any, values: list[Any]) -> list[Any]:
        nonlocal current, out
        current, out = key, []
        try:
            code.call(key, iter(values), emitter)
        except Exception:
            place.blame(key)
            raise
        return out

    return combine
