"""Brings a reduce task's segments within reach, and merges them down when there are more than memory takes.

Segments on this machine's disk are read in place. From any other store they are fetched many at a time, ahead of use,
into memory or one local file, so that a slow store is waited for once and not block by block.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from corral_core.engine.groups import group_blocks, key_blocks
from corral_core.engine.merge import Chunk, cursors, merge
from corral_core.engine.runs import Runs, SegmentBytes
from corral_core.engine.segment import BLOCK_BYTES
from corral_core.engine.taskio import storage_of
from corral_core.errors import SegmentError
from corral_core.keys import sort
from corral_core.storage.api import ByteRange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from corral_core.engine.segment import Block
    from corral_core.storage.api import Storage
    from corral_core.tasks import ReduceTask, SegmentRef

__all__ = ["narrowed", "segments_of"]

EXPANSION = 24
"""How much larger a decoded block is than its stored bytes: measured at 8 to 20 for short strings with small ints."""
LEAST_FAN_IN = 2
"""A merge of fewer segments gets nowhere."""
BLOCK_MEMORY = 8 * BLOCK_BYTES
"""What one decoded block takes at most, about."""


def segments_of(task: ReduceTask, runs: Runs) -> list[SegmentBytes]:
    """The task's segments, readable block by block, in the order of their mappers."""
    if not task.segments:
        return []
    storage = storage_of(task.segments[0].path, task.options)
    names = [f"{ref.path} (bytes {ref.offset} to {ref.offset + ref.length})" for ref in task.segments]
    if storage.local:
        return [
            SegmentBytes(partial(_read_in_place, storage, ref), ref.length, name, ref.path)
            for ref, name in zip(task.segments, names, strict=True)
        ]
    ranges = [ByteRange(ref.path, ref.offset, ref.length) for ref in task.segments]
    fetched = _present(storage.read_ranges(ranges))
    if sum(ref.length for ref in task.segments) * 8 <= task.options.task_memory:
        return [
            SegmentBytes(partial(_slice, data), ref.length, name, ref.path)
            for data, ref, name in zip(fetched, task.segments, names, strict=True)
        ]
    return runs.spool(zip(fetched, names, (ref.path for ref in task.segments), strict=True))


def narrowed(
    segments: list[SegmentBytes], runs: Runs, memory: int, *, any_type: bool = False, sort_values: bool = False
) -> list[SegmentBytes]:
    """As many segments as one merge can hold within ``memory`` bytes: neighbours are merged into runs until it can."""
    while len(groups := _groups(segments, memory // 2)) > 1:
        wide = (group for group in groups if len(group) > 1)
        # All into one file: a merge of thousands of segments must not hold hundreds of descriptors.
        merged = iter(runs.write(_merged(group, any_type=any_type, sort_values=sort_values) for group in wide))
        segments = [next(merged) if len(group) > 1 else group[0] for group in groups]
    return segments


def _groups(segments: Sequence[SegmentBytes], memory: int) -> list[list[SegmentBytes]]:
    """Neighbours whose blocks in hand fit in memory together, at least two to a group."""
    groups: list[list[SegmentBytes]] = [[]]
    held = 0
    for segment in segments:
        cost = min(segment.length * EXPANSION, BLOCK_MEMORY)
        if len(groups[-1]) >= LEAST_FAN_IN and held + cost > memory:
            groups.append([])
            held = 0
        groups[-1].append(segment)
        held += cost
    return groups


def _merged(segments: Sequence[SegmentBytes], *, any_type: bool, sort_values: bool) -> Iterator[Block]:
    live = cursors(segment.blocks(any_type=any_type) for segment in segments)
    for part in merge(live, sort_values=sort_values):
        if isinstance(part, Chunk):
            yield from group_blocks(_sorted(part.grouped()) if sort_values else part.grouped())
        else:  # sorted already, if need be
            yield from key_blocks(part.key, part.values)


def _sorted(groups: Iterator[tuple[Any, list[Any]]]) -> Iterator[tuple[Any, list[Any]]]:
    for key, values in groups:
        sort(values)
        yield key, values


def _read_in_place(storage: Storage, ref: SegmentRef, offset: int, size: int) -> bytes:
    try:
        with storage.open(ref.path, ref.offset + offset, size) as stream:
            return stream.read()
    except FileNotFoundError:
        raise _gone(ref.path) from None


def _present(fetched: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from fetched
    except FileNotFoundError as error:
        raise _gone(error.filename) from error


def _gone(path: str) -> SegmentError:
    return SegmentError(f"segment {path} is gone: somebody removed it while the job ran", path)


def _slice(data: bytes, offset: int, size: int) -> bytes:
    return data[offset : offset + size]
