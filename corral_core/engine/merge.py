"""The merge: many sorted streams of blocks become one sorted sequence of keys with all their values.

::

    stream 0  [a a b c] [c c d] ...      bound = the smallest of the blocks' last keys: no stream holds a
    stream 1  [a c] [c e f] ...          key below it beyond its block in hand; a stream's last block
    stream 2  [b c e] ...                bounds nothing, as no other follows it

    complete keys, below the bound      -> one Chunk: grouped in memory, at the speed of dicts and slices
    the bound's own key                 -> one Stream of values: it may go on for many blocks, in any stream

A round takes what lies below the bound from all blocks at once instead of one key after another from a heap: a few
operations in C for some thousand keys. The bound's key is streamed, so one key's values never need to fit in memory.
Values of a key come in the order of the streams, which is the order of the input.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from corral_core.engine.segment import Block
from corral_core.keys import admit, natural_type, order, ungroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Chunk", "Cursor", "Stream", "cursors", "merge"]


@dataclass(slots=True)
class Chunk:
    """Parts of streams, in the streams' order, that together hold all values of all their keys."""

    parts: list[Block]
    natural: bool
    """Python's own order and equality serve for these keys."""

    def single(self) -> Block | None:
        """The whole as one block, when no two parts share a key: most of a merge of unique keys. Sorting them all again
        is a merge, since Python's sort finds the sorted runs in its input and merges those."""
        if len(self.parts) == 1:
            return self.parts[0]
        if not self.natural or any(part.counts is not None for part in self.parts):
            return None
        keys = list(chain.from_iterable(part.keys for part in self.parts))
        if len(set(keys)) < len(keys):
            return None
        values = list(chain.from_iterable(part.values for part in self.parts))
        places = sorted(range(len(keys)), key=keys.__getitem__)
        return Block([keys[place] for place in places], None, [values[place] for place in places])

    def grouped(self) -> Iterator[tuple[Any, list[Any]]]:
        """Each key in order, with its values."""
        single = self.single()
        if single is not None:
            return _slices(single)
        groups: dict[Any, list[Any]] = {}
        for part in self.parts:
            keys = part.keys if self.natural else map(admit, part.keys)
            if part.counts is None:
                for key, value in zip(keys, part.values, strict=True):
                    if key in groups:
                        groups[key].append(value)
                    else:
                        groups[key] = [value]
            else:
                done = 0
                for key, count in zip(keys, part.counts, strict=True):
                    values = part.values[done : done + count]
                    done += count
                    if key in groups:
                        groups[key] += values
                    else:
                        groups[key] = values
        if self.natural:
            return ((key, groups[key]) for key in sorted(groups))
        return ((ungroup(key), groups[key]) for key in sorted(groups, key=lambda grouped: order(ungroup(grouped))))


@dataclass(slots=True)
class Stream:
    """One key, and its values as an iterator that reads on through the streams: use it up before the next."""

    key: Any
    lists: Iterator[list[Any]]

    @property
    def values(self) -> Iterator[Any]:
        """The values, one by one."""
        return chain.from_iterable(self.lists)


class Cursor:
    """A place in one sorted stream: the block in hand, and how far it is used up."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self.keys: list[Any] = []
        self.at = 0
        self.advance()

    def advance(self) -> None:
        """Take the next block in hand; at the end, none."""
        block = next(self._blocks, None)
        self.live = block is not None
        self._block = block or Block([], None, [])
        self.keys, self.at = self._block.keys, 0
        self.last = self._block.last
        self.natural = natural_type(self.keys)
        counts = self._block.counts
        self._starts = None if counts is None else [0, *accumulate(counts)]

    def take(self, until: int) -> Block:
        """Use up the keys before index ``until`` of the block in hand; a stream's last block ends it with its keys."""
        block, start = self._block, self.at
        self.at = until
        self.live = until < len(block.keys) or not self.last
        if start == 0 and until == len(block.keys):
            return block
        if self._starts is None or block.counts is None:
            return Block(block.keys[start:until], None, block.values[start:until])
        values = block.values[self._starts[start] : self._starts[until]]
        return Block(block.keys[start:until], block.counts[start:until], values)

    def values_of(self, key: Any, by: Callable[[Any], Any]) -> Iterator[list[Any]]:
        """Lists of the values of ``key`` from here on, block after block, using them up."""
        while self.live and self.at < len(self.keys) and by(self.keys[self.at]) == by(key):
            values = self.take(self.at + 1).values
            if self.at == len(self.keys):
                self.advance()
            yield values


def cursors(streams: Iterable[Iterator[Block]]) -> list[Cursor]:
    """A cursor for each stream that holds anything, in order."""
    return [cursor for cursor in map(Cursor, streams) if cursor.live]


def merge(live: list[Cursor], *, sort_values: bool = False) -> Iterator[Chunk | Stream]:
    """All keys in order, most of them in chunks.

    :param live: cursors in the order in which a key's values follow one another.
    :param sort_values: values within each stream are sorted by :func:`~corral_core.keys.order`; keep them so.
    """
    while live:
        kinds = {cursor.natural for cursor in live}
        natural = len(kinds) == 1 and None not in kinds
        by = _itself if natural else order
        going_on = [cursor for cursor in live if not cursor.last]
        if not going_on:
            yield Chunk([cursor.take(len(cursor.keys)) for cursor in live], natural)
            return
        bound = min((cursor.keys[-1] for cursor in going_on), key=by)
        level = by(bound)
        parts = []
        for cursor in live:
            until = bisect_left(cursor.keys, level, cursor.at, key=None if natural else order)
            if until > cursor.at:
                parts.append(cursor.take(until))
        if parts:
            yield Chunk(parts, natural)
        holding = [cursor for cursor in live if cursor.live and by(cursor.keys[cursor.at]) == level]
        # As the first stream has it: 0.0 and -0.0 are one key, which shows as it first came.
        stream = Stream(holding[0].keys[holding[0].at], _values(holding, bound, sort_values=sort_values))
        yield stream
        for _ in stream.lists:  # whatever the consumer left unread
            pass
        live = [cursor for cursor in live if cursor.live]


def _values(holding: list[Cursor], key: Any, *, sort_values: bool) -> Iterator[list[Any]]:
    if sort_values and len(holding) > 1:
        runs = [chain.from_iterable(cursor.values_of(key, order)) for cursor in holding]
        return ([value] for value in heapq.merge(*runs, key=order))
    return chain.from_iterable(cursor.values_of(key, order) for cursor in holding)


def _slices(part: Block) -> Iterator[tuple[Any, list[Any]]]:
    if part.counts is None:
        return ((key, [value]) for key, value in zip(part.keys, part.values, strict=True))
    ends = accumulate(part.counts)
    return ((key, part.values[end - count : end]) for key, count, end in zip(part.keys, part.counts, ends, strict=True))


def _itself(key: Any) -> Any:
    return key
