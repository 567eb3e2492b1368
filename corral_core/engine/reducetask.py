"""The reduce task: merge sorted segments, give each key with all its values to the reducer, write ``output-X``.

::

    segments ──fetch──> blocks ──merge──> chunks and streams ──user's reduce──> emit ──OutputWriter──> output-X
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from corral_core.engine.fetch import narrowed, segments_of
from corral_core.engine.folds import folded
from corral_core.engine.merge import Chunk, cursors, merge
from corral_core.engine.output import writing
from corral_core.engine.runs import Runs
from corral_core.engine.taskio import encoder_of, storage_of, task_emitter
from corral_core.engine.usercode import folding, reduce_code, sorts_values
from corral_core.job import is_aggregator
from corral_core.keys import sort
from corral_core.tasks import Done, Stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from corral_core.engine.merge import Stream
    from corral_core.engine.output import OutputWriter
    from corral_core.engine.place import Place
    from corral_core.job import Job, TaskContext
    from corral_core.tasks import ReduceTask

__all__ = ["run_reduce"]


def run_reduce(task: ReduceTask, job: Job, context: TaskContext, place: Place) -> Done:
    """Run a reduce task to its end; whatever goes wrong is raised."""
    any_type, sort_values = job.codec == "pickle", sorts_values(job)
    runs = Runs(task.options.spill_directory, any_type=any_type)
    storage = storage_of(task.output, task.options)
    try:
        segments = narrowed(
            segments_of(task, runs), runs, task.options.task_memory, any_type=any_type, sort_values=sort_values
        )
        live = cursors(segment.blocks(any_type=any_type) for segment in segments)
        parts = merge(live, sort_values=sort_values)
        with writing(storage, task.output, encoder_of(task, job)) as writer:
            _reduce(job, parts, writer, context, place)
    finally:
        runs.close()
    output = writer.output(task.output)
    stats = Stats(
        records_in=sum(ref.records for ref in task.segments),
        bytes_in=sum(ref.length for ref in task.segments),
        records_out=output.records,
        bytes_out=output.size,
    )
    return Done(id=task.id, stats=stats, counters=context.counters, output=output)


def _reduce(
    job: Job, parts: Iterator[Chunk | Stream], writer: OutputWriter, context: TaskContext, place: Place
) -> None:
    fold = folding(job)
    if fold is None:
        groups = _groups(parts, sort_values=job.sort_values)
    else:
        finish_value, emit = fold.finish_value, writer.emit
        answers = chain.from_iterable(folded(fold, part, place) for part in parts)
        if job.combiner is None:  # the aggregator is the reducer
            for key, whole in answers:
                place.key = key
                emit(key, finish_value(whole))
            return
        groups = _finished(answers, finish_value, place)
    call, start, finish = _calls(job, context)
    emitter = task_emitter(writer.emit, context)
    start(emitter)
    for key, values in groups:
        place.key = key
        call(key, iter(values), emitter)
    place.leave()
    finish(emitter)


def _finished(
    answers: Iterator[tuple[Any, Any]], finish_value: Callable[[Any], Any], place: Place
) -> Iterator[tuple[Any, Iterable[Any]]]:
    for key, whole in answers:
        place.key = key
        yield key, (finish_value(whole),)


def _calls(
    job: Job, context: TaskContext
) -> tuple[Callable[[Any, Iterable[Any], Any], None], Callable[[Any], None], Callable[[Any], None]]:
    if not is_aggregator(job.reducer):
        code = reduce_code(job.reducer, job, context.arguments)
        return code.call, code.start, code.finish
    fold = job.reducer() if isinstance(job.reducer, type) else job.reducer

    def call(key: Any, values: Iterable[Any], emitter: Any) -> None:
        rest = iter(values)
        whole = fold.create(next(rest))
        for value in rest:
            whole = fold.add(whole, value)
        emitter.emit(key, fold.finish_value(whole))

    return call, _nothing, _nothing


def _groups(parts: Iterator[Chunk | Stream], *, sort_values: bool) -> Iterator[tuple[Any, Iterable[Any]]]:
    for part in parts:
        if isinstance(part, Chunk):
            for key, values in part.grouped():
                if sort_values and len(values) > 1:
                    sort(values)
                yield key, values
        else:
            yield part.key, part.values


def _nothing(emitter: Any) -> None:
    pass
