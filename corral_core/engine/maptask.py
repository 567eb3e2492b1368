"""The map task: read splits, map their records, leave sorted segments, or outputs when there is no reducer.

::

    split ──InputFormat──> batches ──user's map──> emit ──MapShuffle──> segments   (partitions > 0)
                                                     └────OutputWriter──> output-Y  (map-only)
"""

from __future__ import annotations

from contextlib import suppress
from itertools import repeat
from typing import TYPE_CHECKING, Any

from corral_core.engine.combine import combining
from corral_core.engine.groups import Collected, Folded
from corral_core.engine.mapside import MapShuffle
from corral_core.engine.memory import Budget
from corral_core.engine.output import writing
from corral_core.engine.runs import Runs
from corral_core.engine.segments import write_segments
from corral_core.engine.taskio import TaskEmitter, encoder_of, reader_of, storage_of
from corral_core.engine.usercode import folding, map_code, sorts_values
from corral_core.errors import CarryError, JobError
from corral_core.formats.source import open_split
from corral_core.keys import admit
from corral_core.tasks import Done, Stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.engine.groups import Groups
    from corral_core.engine.place import Place
    from corral_core.engine.usercode import MapCode
    from corral_core.formats.api import Batch
    from corral_core.job import Job, TaskContext
    from corral_core.tasks import MapTask

__all__ = ["run_map"]


def run_map(task: MapTask, job: Job, context: TaskContext, place: Place) -> Done:
    """Run a map task to its end; whatever goes wrong is raised."""
    if task.partitions == 0:
        return _to_output(task, job, context, place)
    try:
        return _to_segments(task, job, context, place)
    except CarryError as error:
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
            _partitioner(job, place),
            Budget(task.options.task_memory),
            runs,
            any_type=any_type,
            sort_values=sorts_values(job),
        )
        records, size = _map(task, job, TaskEmitter(shuffle.emit, context), place, shuffle.check)
        storage = storage_of(task.work, task.options)
        segments = write_segments(storage, task.work, task.id, shuffle.finish(), layout=task.layout, any_type=any_type)
    finally:
        runs.close()
    written = [ref for ref in segments if ref is not None]
    stats = Stats(
        records_in=records,
        bytes_in=size,
        records_out=sum(ref.records for ref in written),
        bytes_out=sum(ref.length for ref in written),
        spills=shuffle.spills,
    )
    return Done(id=task.id, stats=stats, counters=context.counters, segments=segments)


def _to_output(task: MapTask, job: Job, context: TaskContext, place: Place) -> Done:
    if task.output is None:
        raise JobError(f"{task.id} has neither partitions nor an output")
    storage = storage_of(task.output, task.options)
    with writing(storage, task.output, encoder_of(task, job)) as writer:
        records, size = _map(task, job, TaskEmitter(writer.emit, context), place, _nothing)
    output = writer.output(task.output)
    stats = Stats(records_in=records, bytes_in=size, records_out=output.records, bytes_out=output.size)
    return Done(id=task.id, stats=stats, counters=context.counters, output=output)


def _groups(job: Job, context: TaskContext, place: Place, check: Callable[[], None]) -> Groups:
    aggregator = folding(job)
    if aggregator is not None:
        return Folded(aggregator)
    return Collected(check, combining(job, context, place), sort_values=job.sort_values)


def _partitioner(job: Job, place: Place) -> Callable[[Any, int], int] | None:
    ask = job.partitioner
    if ask is None:
        return None

    def partition(key: Any, count: int) -> int:
        try:
            return ask(key, count)
        except Exception:
            place.blame(key)
            raise

    return partition


def _map(task: MapTask, job: Job, emitter: TaskEmitter, place: Place, between: Callable[[], None]) -> tuple[int, int]:
    """Map all splits; answers how many records and stored bytes were read. ``between`` runs after each batch."""
    code = map_code(job)
    reader = reader_of(task, job)
    context = emitter.context
    records = size = 0
    code.start(emitter)
    for split in task.splits:
        place.file = context.file = split.path
        context.start, context.end = split.start, split.end
        storage = storage_of(split.path, task.options)
        batches = _Batches(reader.read(open_split(storage, split)), place, between)
        if code.style == "batch":
            _map_whole(code, batches, emitter)
        else:
            _map_each(code, batches, emitter)
        records += batches.records
        size += split.length
    place.leave()
    place.file = context.file = context.start = context.end = None
    code.finish(emitter)
    return records, size


class _Batches:
    """Batches as (keys, values), with the place kept and a count."""

    def __init__(self, batches: Iterator[Batch], place: Place, between: Callable[[], None]) -> None:
        self._batches, self._place, self._between = batches, place, between
        self.records = 0

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        place = self._place
        for batch in self._batches:
            values = place.enter(batch)
            yield (repeat("") if batch.keys is None else batch.keys), values
            self.records += len(batch)
            place.leave()
            self._between()


def _map_each(code: MapCode, batches: _Batches, emitter: TaskEmitter) -> None:
    call, emit = code.call, emitter.emit
    if code.style == "emitter":
        for keys, values in batches:
            for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
                call(key, value, emitter)
        return
    for keys, values in batches:
        for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
            pairs = call(key, value)
            try:
                for out_key, out_value in pairs:
                    emit(out_key, out_value)
            except (CarryError, TypeError, ValueError) as error:
                raise _at_its_yield(pairs, error) from None


def _at_its_yield(pairs: Any, error: Exception) -> Exception:
    """The error, with the line in its traceback where the user's generator yielded what could not be emitted."""
    if pairs is None:
        return TypeError(
            "the mapper gave None instead of pairs: let it yield them, return a list of them, or take the emitter as "
            "its third argument"
        )
    if hasattr(pairs, "throw"):
        with suppress(type(error)):
            pairs.throw(error)
    return error


def _map_whole(code: MapCode, batches: _Batches, emitter: TaskEmitter) -> None:
    emit = emitter.emit
    pairs = code.call((key, value) for keys, values in batches for key, value in zip(keys, values))  # noqa: B905
    for out_key, out_value in pairs:
        emit(out_key, out_value)


def _find_uncarriable(task: MapTask, job: Job, context: TaskContext, place: Place) -> None:
    from corral_core.engine import columns

    check = columns.encode_any if job.codec == "pickle" else columns.encode

    def emit(key: Any, value: Any) -> None:
        admit(key)
        check([value])

    _map(task, job, TaskEmitter(emit, context), place, _nothing)


def _nothing() -> None:
    pass
