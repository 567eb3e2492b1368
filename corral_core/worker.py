"""The worker: what every executor runs, in whatever place. ``run_task(payload) -> reply``, bytes to bytes.

This module and all that it imports stay light: no click, pluggy, pydantic, rich or cloud SDK, and a cloud filesystem
only when a path needs it. A cold start costs money.
"""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.failure import describe
from corral_core.engine.loading import load_ref
from corral_core.engine.memory import peak
from corral_core.engine.place import Place
from corral_core.job import TaskContext, running
from corral_core.storage.requests import counted, since
from corral_core.tasks import MapTask, decode_task, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.tasks import Done, ReduceTask

__all__ = ["run_task"]

ALLOCATIONS_PER_LOOK = 50_000


def run_task(payload: bytes, *, most_memory: int | None = None) -> bytes:
    """Run one encoded task and answer its encoded reply.

    An exception in the job's code, in its data or in storage is part of the reply. Safe to call from several threads.

    :param most_memory: bytes that this place has for it: ``taskMemory`` counts where it is less.
    :raises MessageError: when the payload is no task of this version.
    """
    task = decode_task(payload)
    if most_memory is not None and most_memory < task.options.task_memory:
        task = msgspec.structs.replace(task, options=msgspec.structs.replace(task.options, task_memory=most_memory))
    place = Place()
    try:
        return encode(_run(task, place))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the reply carries it, whatever it is)
        return encode(describe(task.id, error, place, task.work))


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Let Python look for cycles less often while a task runs.

    Grouping makes containers by the million and no cycles; looking through them again and again costs a fifth of a
    task's time (docs/explanation/performance.md). Cycles of the user's own are still found, some megabytes later.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS_PER_LOOK) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _run(task: MapTask | ReduceTask, place: Place) -> Done:
    # Either kind is imported when the first of its tasks comes.
    began, asked = time.perf_counter(), counted()
    job = load_ref(task.job, task.options.storages)[task.id.stage]
    identity = task.id
    context = TaskContext(identity.run, identity.stage, identity.phase, identity.index, identity.attempt)
    if task.options.params:
        from corral_core.engine.arguments import arguments_of

        context.arguments, context.params = arguments_of(job, task.options.params)
    with running(context), _patient_collector():
        if isinstance(task, MapTask):
            from corral_core.engine.maptask import run_map

            done = run_map(task, job, context, place)
        else:
            from corral_core.engine.reducetask import run_reduce

            done = run_reduce(task, job, context, place)
    stats = msgspec.structs.replace(
        done.stats, seconds=time.perf_counter() - began, peak_memory=peak(), requests=since(asked)
    )
    return msgspec.structs.replace(done, stats=stats)
