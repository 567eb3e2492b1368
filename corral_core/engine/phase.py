"""The tasks of one phase, made when they are handed out: a million of them at once would fill the driver.

::

    map 0 ─┐                  map 0 ──────────┐
    map 1 ─┤  map 1 is cut    map 3, map 4 ───┤  in the order of the input, whatever
    map 2 ─┘  ────────────►   map 2 ──────────┘  the order in which the pieces came about
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from corral_core.tasks import Done, MapTask, ReduceTask, Split, Task, TaskId

__all__ = ["JoinPhase", "MapPhase", "Phase", "Pieces", "ReducePhase"]

ATTEMPTS_A_ROUND = 1000
"""More than any task has before its phase ends, so that a phase that runs again gives its attempts new names."""


class Pieces(NamedTuple):
    """Two tasks that stand for one that was cut, by number, each with its splits."""

    numbers: tuple[int, int]
    splits: tuple[tuple[Split, ...], tuple[Split, ...]]


class Phase(ABC):
    """Tasks by number, from 0 to ``count - 1``.

    :param pattern: a task as all of them are; its id has the run, stage, phase and session.
    """

    count: int
    pattern: Task

    def __init__(self, pattern: Task) -> None:
        self.pattern = pattern
        self.cuts: dict[int, Pieces] = {}
        self.rounds = 0
        """How often the phase has run before, in this session."""

    @abstractmethod
    def task(self, number: int, attempt: int) -> Task:
        """An attempt at a task, ready to be sent."""

    @abstractmethod
    def weights(self) -> Sequence[int]:
        """The input of each task in bytes, to tell a large one from a slow one."""

    def id(self, number: int, attempt: int) -> TaskId:
        """Which attempt at which task."""
        attempt += self.rounds * ATTEMPTS_A_ROUND
        return msgspec.structs.replace(self.pattern.id, index=number, attempt=attempt)

    def halve(self, number: int) -> Pieces | None:
        """Let two smaller tasks stand for this one; None when it can't be cut."""
        del number
        return None

    def reads(self, number: int) -> str | None:
        """What a task reads, as people name it, when that is one thing."""
        del number
        return None

    def numbers(self) -> Sequence[int]:
        """The tasks that do the phase's work, as far as it is cut, in the order of its input."""
        return range(self.count)

    def in_order(self, done: Mapping[int, Done]) -> list[Done]:
        """The answers of those who did the phase's work, in the order of its input."""
        return [done[number] for number in self.numbers()]


class MapPhase(Phase):
    """A map task for each bin.

    :param output: where an attempt leaves its output, for a stage without a reducer, and whether records keep their
        types there.
    :param halves: cuts a bin's splits in two, or answers None.
    """

    pattern: MapTask

    def __init__(
        self,
        pattern: MapTask,
        bins: Sequence[tuple[Split, ...]],
        output: Callable[[TaskId], tuple[str, bool]] | None,
        halves: Callable[[tuple[Split, ...]], tuple[tuple[Split, ...], tuple[Split, ...]] | None],
    ) -> None:
        super().__init__(pattern)
        self.count = len(bins)
        self._bins, self._output, self._halves = bins, output, halves
        self._pieces: dict[int, tuple[Split, ...]] = {}

    def task(self, number: int, attempt: int) -> MapTask:
        identity = self.id(number, attempt)
        output, typed = self._output(identity) if self._output else (None, False)
        return msgspec.structs.replace(
            self.pattern, id=identity, splits=self.splits(number), output=output, typed_output=typed
        )

    def weights(self) -> list[int]:
        return [sum(split.length for split in splits) for splits in self._bins]

    def splits(self, number: int) -> tuple[Split, ...]:
        """What a task reads."""
        return self._bins[number] if number < self.count else self._pieces[number]

    def reads(self, number: int) -> str | None:
        splits = self.splits(number)
        return f"{splits[0].path}, bytes {splits[0].start} to {splits[0].end}" if len(splits) == 1 else None

    def halve(self, number: int) -> Pieces | None:
        halves = self._halves(self.splits(number))
        if halves is None:
            return None
        first = self.count + len(self._pieces)
        pieces = Pieces((first, first + 1), halves)
        self.restore(number, pieces)
        return pieces

    def restore(self, number: int, pieces: Pieces) -> None:
        """A cut that an earlier driver made of this run."""
        self.cuts[number] = pieces
        self._pieces.update(zip(pieces.numbers, pieces.splits, strict=True))

    def numbers(self) -> list[int]:
        return [piece for number in range(self.count) for piece in self.leaves(number)]

    def leaves(self, number: int) -> Iterator[int]:
        """The tasks that stand for this one in the end: itself, or the pieces it was cut into."""
        pieces = self.cuts.get(number)
        if pieces is None:
            yield number
            return
        for piece in pieces.numbers:
            yield from self.leaves(piece)


class JoinPhase(Phase):
    """Where mappers write the outputs, those of a task that was cut make one: a task for each such, which copies."""

    pattern: MapTask

    def __init__(
        self,
        pattern: MapTask,
        count: int,
        joins: Mapping[int, tuple[Split, ...]],
        output: Callable[[TaskId], tuple[str, bool]],
    ) -> None:
        super().__init__(pattern)
        self.count, self._joins, self._output = count, joins, output

    def task(self, number: int, attempt: int) -> MapTask:
        identity = self.id(number, attempt)
        output, _ = self._output(identity)
        return msgspec.structs.replace(self.pattern, id=identity, splits=self._joins[number], output=output)

    def numbers(self) -> list[int]:
        return sorted(self._joins)

    def weights(self) -> list[int]:
        return [sum(split.length for split in self._joins.get(number, ())) for number in range(self.count)]


class ReducePhase(Phase):
    """A reduce task for each partition.

    :param mapped: the answers of the map tasks, in the order of the input.
    :param output: as a map phase's.
    """

    pattern: ReduceTask

    def __init__(
        self, pattern: ReduceTask, count: int, mapped: Sequence[Done], output: Callable[[TaskId], tuple[str, bool]]
    ) -> None:
        super().__init__(pattern)
        self.count, self._mapped, self._output = count, mapped, output

    def task(self, number: int, attempt: int) -> ReduceTask:
        identity = self.id(number, attempt)
        segments = tuple(segment for done in self._mapped if (segment := done.segments[number]) is not None)
        output, typed = self._output(identity)
        return msgspec.structs.replace(self.pattern, id=identity, segments=segments, output=output, typed_output=typed)

    def weights(self) -> list[int]:
        weights = [0] * self.count
        for done in self._mapped:
            for partition, segment in enumerate(done.segments):
                weights[partition] += segment.length if segment is not None else 0
        return weights
