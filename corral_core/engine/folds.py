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
    from corral_core.engine.place import Place

__all__ = ["folded"]


def folded(aggregator: Aggregator, part: Chunk | Stream, place: Place | None = None) -> Iterator[tuple[Any, Any]]:
    """Each key of a part of a merge, in order, with one accumulator made of all of its own.

    :param place: told of the key whose accumulators can't be merged.
    """
    if not isinstance(part, Chunk):
        return iter([(part.key, _one(aggregator, part, place))])
    merge, unpack = aggregator.merge, aggregator.unpack
    # Most accumulators travel as they are: then there is nothing to call for each.
    packed = type(aggregator).unpack is not Aggregator.unpack
    whole_of: dict[Any, Any] = {}
    for block in part.parts:
        keys = block.keys if part.natural else list(map(admit, block.keys))
        if block.counts is not None:
            keys = list(chain.from_iterable([key] * n for key, n in zip(keys, block.counts, strict=True)))
        for key, value in zip(keys, map(unpack, block.values) if packed else block.values, strict=True):
            if key in whole_of:
                try:
                    whole_of[key] = merge(whole_of[key], value)
                except Exception:
                    _blame(place, ungroup(key))
                    raise
            else:
                whole_of[key] = value
    if part.natural:
        return ((key, whole_of[key]) for key in sorted(whole_of))
    return ((ungroup(key), whole_of[key]) for key in sorted(whole_of, key=lambda grouped: order(ungroup(grouped))))


def _one(aggregator: Aggregator, part: Stream, place: Place | None) -> Any:
    whole = _NONE
    for value in map(aggregator.unpack, part.values):
        try:
            whole = value if whole is _NONE else aggregator.merge(whole, value)
        except Exception:
            _blame(place, part.key)
            raise
    return whole


def _blame(place: Place | None, key: Any) -> None:
    if place is not None:
        place.blame(key)


_NONE = object()
