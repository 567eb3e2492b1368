"""The loops around the user's map: splits, batches, records, pairs.

They are plain loops over lists because every step here runs once a record: where a record lies, for an error, is
worked out only when there is one (:mod:`corral_core.engine.place`).
"""

from __future__ import annotations

from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

from corral_core.engine.taskio import reader_of, storage_of, task_emitter
from corral_core.engine.usercode import at_its_yield, map_code
from corral_core.errors import CarryError
from corral_core.formats.source import open_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.engine.place import Place
    from corral_core.engine.taskio import Sink
    from corral_core.engine.usercode import MapCode
    from corral_core.formats.api import Batch
    from corral_core.job import Emitter, Job, TaskContext
    from corral_core.tasks import MapTask

__all__ = ["map_records"]

PAIRS_AT_ONCE = 2**12
"""Pairs of a batch mapper between two looks at the memory."""


def map_records(
    task: MapTask, job: Job, sink: Sink, context: TaskContext, place: Place, *, between: Callable[[], None]
) -> tuple[int, int]:
    """Map all splits of a task; answers how many records and stored bytes were read.

    :param between: runs after each batch of records, and, in the batch form, of pairs.
    """
    code = map_code(job)
    reader = reader_of(task, job)
    emitter = task_emitter(sink.emit, context)
    records = size = 0
    code.start(emitter)
    for split in task.splits:
        place.file = context.file = split.path
        context.start, context.end = split.start, split.end
        storage = storage_of(split.path, task.options)
        batches = _Batches(reader.read(open_split(storage, split)), place, between)
        if code.style == "batch":
            _map_whole(code, batches, sink, between)
        elif code.style == "pairs":
            _map_each(code, batches, sink)
        else:
            _let_emit(code, batches, emitter)
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


def _let_emit(code: MapCode, batches: _Batches, emitter: Emitter) -> None:
    call = code.call
    for keys, values in batches:
        for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
            call(key, value, emitter)


def _map_each(code: MapCode, batches: _Batches, sink: Sink) -> None:
    call, absorb = code.call, sink.absorb
    for keys, values in batches:
        for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
            pairs = call(key, value)
            try:
                absorb(pairs)
            except (CarryError, TypeError, ValueError) as error:
                raise at_its_yield(pairs, error, "the mapper", calls=1) from None


def _map_whole(code: MapCode, batches: _Batches, sink: Sink, between: Callable[[], None]) -> None:
    given = code.call((key, value) for keys, values in batches for key, value in zip(keys, values))  # noqa: B905
    if given is None:
        raise TypeError("the batch mapper gave None instead of pairs: let it yield them, or return a list of them")
    pairs = iter(given)
    # A batch mapper may have counted all of a split before it gives its first pair. No list of pairs is made here:
    # Python uses one tuple over and over for pairs that nobody keeps.
    for pair in pairs:
        sink.absorb(chain((pair,), islice(pairs, PAIRS_AT_ONCE)))
        between()
