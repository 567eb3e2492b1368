"""The loops around the user's map: splits, batches, records, pairs.

They are plain loops over lists because every step here runs once a record: where a record lies, for an error, is
worked out only when there is one (:mod:`corral_core.engine.place`).
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from corral_core.engine.taskio import reader_of, storage_of, task_emitter
from corral_core.engine.usercode import at_its_yield, map_code
from corral_core.errors import CarryError
from corral_core.formats.source import open_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.engine.place import Place
    from corral_core.engine.taskio import Sink
    from corral_core.engine.tolerant import Tolerant
    from corral_core.engine.usercode import MapCode
    from corral_core.formats.api import Batch, InputFormat
    from corral_core.job import Emitter, Job, TaskContext
    from corral_core.tasks import DeadLetters, MapTask

__all__ = ["Batches", "Mapped", "loop_of", "map_records"]

PAIRS_AT_ONCE = 2**12
"""Pairs of a batch mapper between two looks at the memory."""


class Mapped(NamedTuple):
    """What a task's mapping came to."""

    records: int
    """Those that were mapped; bad ones are not among them."""
    size: int
    """Stored bytes that were read."""
    dead_letters: DeadLetters | None = None

    @property
    def bad_records(self) -> int:
        """Those that were set aside."""
        return self.dead_letters.records if self.dead_letters else 0


def map_records(
    task: MapTask, job: Job, sink: Sink, context: TaskContext, place: Place, *, between: Callable[[], None]
) -> Mapped:
    """Map all splits of a task.

    :param between: runs after each batch of records, and, in the batch form, of pairs.
    """
    if task.options.max_bad_records == 0:
        way = _Way(reader_of(task, job), task_emitter(sink.emit, context))
        return Mapped(*_map_splits(task, job, sink, context, place, between=between, way=way))
    from corral_core.engine.deadletters import dead_letters
    from corral_core.engine.tolerant import Tolerant, checking

    with dead_letters(task, place) as letters:
        tolerant = Tolerant(sink, checking(task, job), letters, context)
        way = _Way(reader_of(task, job, letters.undecodable), task_emitter(tolerant.emit, context), tolerant)
        records, size = _map_splits(task, job, sink, context, place, between=between, way=way)
    return Mapped(records, size, letters.output())


class _Way(NamedTuple):
    """Strictly, or setting bad records aside."""

    reader: InputFormat
    emitter: Emitter
    tolerant: Tolerant | None = None


def _map_splits(
    task: MapTask, job: Job, sink: Sink, context: TaskContext, place: Place, *, between: Callable[[], None], way: _Way
) -> tuple[int, int]:
    code = map_code(job, context.arguments)
    loop = loop_of(code, sink, way.emitter, between, way.tolerant)
    records = size = 0
    code.start(way.emitter)
    for split in task.splits:
        place.file = context.file = split.path
        context.start, context.end = split.start, split.end
        storage = storage_of(split.path, task.options)
        batches = Batches(way.reader.read(open_split(storage, split)), place, between)
        loop(batches)
        records += batches.records
        size += split.length
    place.leave()
    place.file = context.file = context.start = context.end = None
    code.finish(way.emitter)
    return records, size


def loop_of(
    code: MapCode, sink: Sink, emitter: Emitter, between: Callable[[], None], tolerant: Tolerant | None
) -> Callable[[Batches], None]:
    """The loop over a split's batches: the shortest that does what this task needs."""
    if code.style == "batch":
        return partial(_map_whole, code, sink=sink, between=between)
    if tolerant is not None:
        return partial(tolerant.map, code, emitter=emitter)
    if code.style == "pairs":
        return partial(_map_each, code, sink=sink)
    return partial(_let_emit, code, emitter=emitter)


class Batches:
    """Batches as (keys, values), with the place kept and a count of records that were mapped."""

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


def _let_emit(code: MapCode, batches: Batches, emitter: Emitter) -> None:
    call = code.call
    for keys, values in batches:
        for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
            call(key, value, emitter)


def _map_each(code: MapCode, batches: Batches, sink: Sink) -> None:
    call, absorb = code.call, sink.absorb
    for keys, values in batches:
        for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
            pairs = call(key, value)
            try:
                absorb(pairs)
            except (CarryError, TypeError, ValueError) as error:
                raise at_its_yield(pairs, error, "the mapper", calls=1) from None


def _map_whole(code: MapCode, batches: Batches, sink: Sink, between: Callable[[], None]) -> None:
    given = code.call((key, value) for keys, values in batches for key, value in zip(keys, values))  # noqa: B905
    if given is None:
        raise TypeError("the batch mapper gave None instead of pairs: let it yield them, or return a list of them")
    pairs = iter(given)
    # A batch mapper may have counted all of a split before it gives its first pair. No list of pairs is made here:
    # Python uses one tuple over and over for pairs that nobody keeps.
    for pair in pairs:
        sink.absorb(chain((pair,), islice(pairs, PAIRS_AT_ONCE)))
        between()
