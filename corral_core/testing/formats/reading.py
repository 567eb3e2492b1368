"""Splits of files in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from corral_core.formats.api import InputFormat, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Record", "read_records", "source_of"]

Record = tuple[int, Any, Any]
"""Offset, key and value."""


def source_of(data: bytes, start: int = 0, end: int | None = None, path: str = "a-file") -> Source:
    """A split of a file in memory; the whole of it by default."""

    def opened(offset: int) -> io.BytesIO:
        return io.BytesIO(data[offset:])

    return Source(path, start, len(data) if end is None else end, len(data), opened)


def read_records(reader: InputFormat, source: Source) -> Iterator[Record]:
    """A split's records, each with its offset."""
    for batch in reader.read(source):
        assert len(batch) > 0, "an empty batch is no batch"
        for index, (key, value) in enumerate(batch.pairs()):
            offset = batch.offset_of(index)
            assert offset is not None, "a file's record begins somewhere"
            yield offset, key, value
