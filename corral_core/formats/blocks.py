r"""Blocks of whole lines out of one split: found as the byte ``\n``, never decoded, never longer than they must be.

A line belongs to the split that holds its first byte. A split that starts in the middle of a file reads one byte more
in front: a line begins at its start exactly when that byte is ``\n``. So no split needs to know what another one found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from corral_core.errors import DataError, RecordError
from corral_core.formats.api import KEPT, FormatOptions, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["line_blocks"]

_TAIL = 16 * 2**10
"""Bytes to read at a time behind the split's end, where only the rest of one line is wanted."""


def line_blocks(source: Source, options: FormatOptions, chunk: int) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in a split, many at once, with the offset of each block; every block ends with its last
    line's end, unless the file ends without one.

    A line over ``options.max_record_size`` bytes, its line feed not counted, is refused before more than a chunk over
    the limit is held.

    :param chunk: bytes to read at a time.
    :raises RecordError: for a line over the limit, unless somebody takes bad records.
    :raises DataError: when the file ends before the split does.
    """
    if source.start >= source.end:
        return
    with source.open(max(source.start - 1, 0)) as stream:
        first = _first_line(stream, source, chunk)
        if first is not None:
            for offset, block in _blocks(stream, source, first, options, chunk):
                if len(block) <= options.max_record_size:
                    yield offset, block
                else:
                    yield from _checked(offset, block, options, source.path)


def _first_line(stream: BinaryIO, source: Source, chunk: int) -> tuple[int, bytes] | None:
    """Where the first line of a split begins, and what has been read from there on; None when none begins in it."""
    if source.start == 0:
        return 0, b""
    at, last = source.start - 1, source.end - 1
    while at < last:
        data = stream.read(min(chunk, last - at))
        if not data:
            _check_end(source, at)
            break
        found = data.find(b"\n") + 1
        if found:
            return at + found, data[found:]
        at += len(data)
    return None


def _blocks(
    stream: BinaryIO, source: Source, first: tuple[int, bytes], options: FormatOptions, chunk: int
) -> Iterator[tuple[int, bytes]]:
    at, data = first
    offset = at
    held: list[bytes] = []  # pieces of a line that has not ended; joined once, however many they are
    held_size = 0
    while data or (data := _read(stream, source, at, chunk)):
        behind = at >= source.end
        cut = (data.find(b"\n") if behind else data.rfind(b"\n")) + 1
        at += len(data)
        if cut:
            held.append(data[:cut])
            block = b"".join(held)
            yield offset, block
            if behind or (at >= source.end and cut == len(data)):
                return
            offset += len(block)
            held, held_size = [], 0
        held.append(data[cut:])
        held_size += len(data) - cut
        data = b""
        if held_size > options.max_record_size:
            at, data = _refuse_endless(stream, source, (offset, b"".join(held)), options, chunk)
            if at >= source.end:
                return
            offset, held, held_size = at, [], 0
    _check_end(source, at)
    if held_size:
        yield offset, b"".join(held)


def _refuse_endless(
    stream: BinaryIO, source: Source, begun: tuple[int, bytes], options: FormatOptions, chunk: int
) -> tuple[int, bytes]:
    """Refuse a line whose end has not been read, and pass over the rest of it.

    :param begun: where the line begins, and all that has been read of it.
    :returns: where the next line begins, and what has been read from there on.
    """
    offset, line = begun
    if options.bad_record is None:  # nobody goes on behind it
        raise _too_long(offset, line, len(line), options, source.path)
    at = offset + len(line)
    kept = [line[:KEPT]]
    while data := _read(stream, source, at, chunk):
        end = data.find(b"\n")
        kept.append(data[: min(max(0, KEPT - at + offset), len(data) if end < 0 else end)])
        if end >= 0:
            options.refuse(_too_long(offset, b"".join(kept), at + end - offset, options, source.path))
            return at + end + 1, data[end + 1 :]
        at += len(data)
    _check_end(source, at)
    options.refuse(_too_long(offset, b"".join(kept), at - offset, options, source.path))
    return at, b""


def _checked(offset: int, block: bytes, options: FormatOptions, path: str) -> Iterator[tuple[int, bytes]]:
    """A block that is large enough to hold a line over the limit, without those that it holds."""
    good = start = 0
    while start < len(block):
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        if end - start > options.max_record_size:
            if good < start:
                yield offset + good, block[good:start]
            options.refuse(_too_long(offset + start, block[start : min(end, start + KEPT)], end - start, options, path))
            good = end + 1
        start = end + 1
    if good < len(block):
        yield offset + good, block[good:]


def _too_long(offset: int, line: bytes, size: int, options: FormatOptions, path: str) -> RecordError:
    return RecordError(
        f"the record at byte {offset} of {path} is longer than {options.max_record_size:,} bytes: raise maxRecordSize, "
        "or check that the file is made of lines",
        offset,
        line[:KEPT],
        size,
    )


def _read(stream: BinaryIO, source: Source, at: int, chunk: int) -> bytes:
    """What stands at ``at``: nothing beyond the split's end together with what is before it."""
    return stream.read(min(chunk, source.end - at) if at < source.end else _TAIL)


def _check_end(source: Source, at: int) -> None:
    # Only a plain file's end is known before it is read. It counts behind the split's end too: a store that breaks off
    # there would cut the split's last line short.
    if at < source.size and source.end <= source.size:
        raise DataError(
            f"{source.path} ends at byte {at} and not at {source.size}: it changed while the job ran: run the job again"
        )
