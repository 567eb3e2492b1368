"""Where a map task's segments lie in storage: the two layouts of ``shuffleLayout`` behind one function.

``files``: a file for each partition, ``map-binX-Y.A`` (X the partition, Y the mapper, A the attempt). ``single``: one
object, ``map-Y.A``, that holds all segments one behind the other. Either way the answer says where each lies, so a
reducer reads exactly its bytes and nobody lists anything.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from corral_core.engine.segment import Block, SegmentWriter
from corral_core.tasks import SegmentRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.storage.api import Storage
    from corral_core.tasks import TaskId

__all__ = ["write_segments"]


def write_segments(
    storage: Storage,
    work: str,
    task: TaskId,
    partitions: Iterable[Iterable[Block]],
    *,
    layout: Literal["files", "single"],
    any_type: bool = False,
) -> tuple[SegmentRef | None, ...]:
    """Write each partition's blocks; an empty partition has no segment."""
    if layout == "single":
        path = storage.join(work, f"map-{task.index}.{task.label}")
        return _single(storage, path, partitions, any_type=any_type)
    refs: list[SegmentRef | None] = []
    for number, blocks in enumerate(partitions):
        path = storage.join(work, f"map-bin{number}-{task.index}.{task.label}")
        filled = _filled(blocks)
        if filled is None:
            refs.append(None)
            continue
        with storage.create(path) as stream:
            refs.append(_write(stream, path, 0, filled, any_type=any_type))
    return tuple(refs)


def _single(
    storage: Storage, path: str, partitions: Iterable[Iterable[Block]], *, any_type: bool
) -> tuple[SegmentRef | None, ...]:
    refs: list[SegmentRef | None] = []
    offset = 0
    with storage.create(path) as stream:
        for blocks in partitions:
            filled = _filled(blocks)
            if filled is None:
                refs.append(None)
                continue
            ref = _write(stream, path, offset, filled, any_type=any_type)
            offset += ref.length
            refs.append(ref)
    return tuple(refs)


def _write(stream: Any, path: str, offset: int, blocks: Iterable[Block], *, any_type: bool) -> SegmentRef:
    writer = SegmentWriter(stream, any_type=any_type)
    for block in blocks:
        writer.write(block)
    writer.close()
    return SegmentRef(path, offset, writer.length, writer.values)


def _filled(blocks: Iterable[Block]) -> Iterator[Block] | None:
    rest = iter(blocks)
    first = next(rest, None)
    return None if first is None else chain([first], rest)
