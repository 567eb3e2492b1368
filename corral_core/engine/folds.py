"""Folding accumulators that come out of the shuffle, a chunk or a stream of them at a time."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from corral_core.aggregators import Aggregator
from corral_core.engine.merge import Chunk
from corral_core.keys import admit, order, ungroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.engine.merge import Stream

__all__ = ["folded"]


def folded(aggregator: Aggregator, part: Chunk | Stream) -> Iterator[tuple[Any, Any]]:
    """Each key of a part of a merge, in order, with one accumulator made of all of its own."""
    merge, unpack = aggregator.merge, aggregator.unpack
    if not isinstance(part, Chunk):
        whole = _NONE
        for value in map(unpack, part.values):
            whole = value if whole is _NONE else merge(whole, value)
        return iter([(part.key, whole)])
    # Most accumulators travel as they are: then there is nothing to call for each.
    packed = type(aggregator).unpack is not Aggregator.unpack
    whole_of: dict[Any, Any] = {}
    for block in part.parts:
        keys = block.keys if part.natural else list(map(admit, block.keys))
        if block.counts is not None:
            keys = list(chain.from_iterable([key] * n for key, n in zip(keys, block.counts, strict=True)))
        for key, value in zip(keys, map(unpack, block.values) if packed else block.values, strict=True):
            if key in whole_of:
                whole_of[key] = merge(whole_of[key], value)
            else:
                whole_of[key] = value
    if part.natural:
        return ((key, whole_of[key]) for key in sorted(whole_of))
    return ((ungroup(key), whole_of[key]) for key in sorted(whole_of, key=lambda grouped: order(ungroup(grouped))))


_NONE = object()
