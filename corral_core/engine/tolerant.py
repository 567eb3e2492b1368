"""The loop around the user's map when bad records are set aside: one record at a time, all of it or nothing.

::

    record ──user's map──► its pairs ──can they be carried?──► sink
                 │                             │
                 └────────── raised ───────────┴─────────────► dead letters

The other loops (:mod:`corral_core.engine.mapping`) know nothing of this, and cost nothing for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.engine import columns
from corral_core.engine.taskio import encoder_of
from corral_core.engine.usercode import at_its_yield, folding
from corral_core.keys import admit

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.engine.deadletters import DeadLetterFile
    from corral_core.engine.mapping import Batches
    from corral_core.engine.taskio import Sink
    from corral_core.engine.usercode import MapCode
    from corral_core.job import Emitter, Job, TaskContext
    from corral_core.tasks import MapTask

__all__ = ["Tolerant", "checking"]

Pairs = list[tuple[Any, Any]]


class Tolerant:
    """Maps records; what a record emitted and counted counts when its map has ended well.

    :param check: raises for pairs that can't be carried or written.
    """

    def __init__(
        self, sink: Sink, check: Callable[[Pairs], object], letters: DeadLetterFile, context: TaskContext
    ) -> None:
        self._absorb, self._check = sink.absorb, check
        self._letters, self._counters = letters, context.counters
        self._held: Pairs = []
        self._mapping = False
        held = self._held
        straight = sink.emit

        def emit(key: Any, value: Any) -> None:
            if self._mapping:
                held.append((key, value))
            else:  # in start or finish, where no record is at fault
                straight(key, value)

        self.emit = emit

    def map(self, code: MapCode, batches: Batches, emitter: Emitter) -> None:
        """Map all records of a split, in style ``emitter`` or ``pairs``."""
        self._mapping = True
        held, counters, check, absorb = self._held, self._counters, self._check, self._absorb
        emitting, call = code.style == "emitter", code.call
        for keys, values in batches:
            for key, value in zip(keys, values):  # noqa: B905  (keys may be endless)
                counted = counters.copy()
                try:
                    if emitting:
                        call(key, value, emitter)
                    else:
                        self._take(call(key, value))
                    check(held)
                except MemoryError:
                    raise  # of the task, not of the record
                except Exception as error:  # noqa: BLE001  (whatever the mapper raises makes the record a bad one)
                    counters.clear()
                    counters.update(counted)
                    batches.records -= 1
                    self._letters.unmapped(error, key, value)
                else:
                    absorb(held)
                held.clear()
        self._mapping = False

    def _take(self, pairs: Any) -> None:
        try:
            for key, value in pairs:
                self._held.append((key, value))
        except (TypeError, ValueError) as error:
            raise at_its_yield(pairs, error, "the mapper", calls=0) from None


def checking(task: MapTask, job: Job) -> Callable[[Pairs], object]:
    """What finds the pairs of one record that can't go on; its answer means nothing.

    :raises DataError: or whatever the job's aggregator raises, from the function.
    """
    if not task.partitions and not task.typed_output:
        return lambda pairs: _written(task, job, pairs)
    encode = columns.encode_any if job.codec == "pickle" else columns.encode
    fold = folding(job)

    def check(pairs: Pairs) -> None:
        for key, _ in pairs:
            if key.__class__ is not str:
                admit(key)
        values = [value for _, value in pairs]
        encode(values if fold is None else [fold.pack(fold.create(value)) for value in values])

    return check


def _written(task: MapTask, job: Job, pairs: Pairs) -> None:
    # By a writer of its own for each record: one that keeps what it was given would keep all of it.
    if pairs:
        writer = encoder_of(task, job)
        writer.encode(pairs)
        writer.close()
