"""The map task: read splits, map their records, leave sorted segments, or outputs when there is no reducer.

::

    split ──InputFormat──> batches ──user's map──> emit ──MapShuffle──> segments   (partitions > 0)
                                                     └────OutputWriter──> output-Y  (map-only)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.engine.arguments import bound
from corral_core.engine.combine import combining
from corral_core.engine.groups import Collected, Folded
from corral_core.engine.mapping import map_records
from corral_core.engine.mapside import MapShuffle
from corral_core.engine.memory import Budget
from corral_core.engine.output import writing
from corral_core.engine.runs import Runs
from corral_core.engine.segments import write_segments
from corral_core.engine.taskio import Sink, encoder_of, storage_of
from corral_core.engine.usercode import folding, sorts_values
from corral_core.errors import CarryError, JobError
from corral_core.job import Job
from corral_core.keys import admit
from corral_core.tasks import Done, Stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.engine.groups import Groups
    from corral_core.engine.place import Place
    from corral_core.job import TaskContext
    from corral_core.tasks import MapTask

__all__ = ["run_map"]


def run_map(task: MapTask, job: Job, context: TaskContext, place: Place) -> Done:
    """Run a map task to its end; whatever goes wrong is raised."""
    if task.partitions == 0:
        return _to_output(task, _copying(job) if task.copies else job, context, place)
    try:
        return _to_segments(task, job, context, place)
    except CarryError as error:
        if task.options.max_bad_records != 0:
            raise  # each pair was looked at when it was emitted: a combiner or an aggregator made this one
        uncarriable = error
    # Pairs are encoded long after they were emitted. Map once more and look at each pair as it is emitted, so that the
    # error comes out of the user's own line, with the record in hand.
    _find_uncarriable(task, job, context, place)
    raise uncarriable


def _to_segments(task: MapTask, job: Job, context: TaskContext, place: Place) -> Done:
    any_type = job.codec == "pickle"
    runs = Runs(task.options.spill_directory, any_type=any_type)
    try:
        shuffle = MapShuffle(
            lambda check: _groups(job, context, place, check),
            task.partitions,
            _partitioner(job, context, place),
            Budget(task.options.task_memory),
            runs,
            any_type=any_type,
            sort_values=sorts_values(job),
        )
        mapped = map_records(task, job, shuffle.sink, context, place, between=shuffle.check)
        storage = storage_of(task.work, task.options)
        segments = write_segments(storage, task.work, task.id, shuffle.finish(), layout=task.layout, any_type=any_type)
    finally:
        runs.close()
    written = [ref for ref in segments if ref is not None]
    stats = Stats(
        records_in=mapped.records,
        bytes_in=mapped.size,
        records_out=sum(ref.records for ref in written),
        bytes_out=sum(ref.length for ref in written),
        spills=shuffle.spills,
        bad_records=mapped.bad_records,
    )
    return Done(task.id, stats, context.counters, segments=segments, dead_letters=mapped.dead_letters)


def _to_output(task: MapTask, job: Job, context: TaskContext, place: Place) -> Done:
    if task.output is None:
        raise JobError(f"{task.id} has neither partitions nor an output")
    storage = storage_of(task.output, task.options)
    with writing(storage, task.output, encoder_of(task, job)) as writer:
        mapped = map_records(task, job, Sink.of(writer.emit), context, place, between=_nothing)
    output = writer.output(task.output)
    stats = Stats(
        records_in=mapped.records,
        bytes_in=mapped.size,
        records_out=output.records,
        bytes_out=output.size,
        bad_records=mapped.bad_records,
    )
    return Done(task.id, stats, context.counters, output=output, dead_letters=mapped.dead_letters)


def _copying(job: Job) -> Job:
    return Job(_same, codec=job.codec, name=job.name)


def _same(key: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    yield key, value


def _groups(job: Job, context: TaskContext, place: Place, check: Callable[[], None]) -> Groups:
    aggregator = folding(job)
    if aggregator is not None:
        return Folded(aggregator)
    return Collected(check, combining(job, context, place), sort_values=job.sort_values)


def _partitioner(job: Job, context: TaskContext, place: Place) -> Callable[[Any, int], int] | None:
    if job.partitioner is None:
        return None
    ask: Callable[[Any, int], int] = bound(job.partitioner, context.arguments)

    def partition(key: Any, count: int) -> int:
        try:
            return ask(key, count)
        except Exception:
            place.blame(key)
            raise

    return partition


def _find_uncarriable(task: MapTask, job: Job, context: TaskContext, place: Place) -> None:
    from corral_core.engine import columns

    folds = folding(job) is not None  # then values don't travel, only what they are folded into
    check = columns.encode_any if job.codec == "pickle" else columns.encode

    def emit(key: Any, value: Any) -> None:
        admit(key)
        if not folds:
            check([value])

    map_records(task, job, Sink.of(emit), context, place, between=_nothing)


def _nothing() -> None:
    pass
