r"""Lines, the way that every format made of lines reads them.

::

    storage ──► chunks ──► blocks of whole lines ──► decoded and split at once ──► batches
                (128 KiB)   (line_blocks)             (LineInput.read)              (LineInput.batches)

A line belongs to the split that holds its first byte. A split that starts in the middle of a file reads one byte more
in front: a line begins at its start exactly when that byte is ``\n``. So no split needs to know what another one found.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from corral_core.errors import DataError, RecordError
from corral_core.formats.api import Batch, FormatOptions, InputFormat, Source
from corral_core.formats.encodings import BOM, codec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PREVIEW", "LineInput", "line_blocks"]

PREVIEW = 200
"""Bytes of a bad record that its error keeps."""

_TAIL = 16 * 2**10
"""Bytes to read at a time behind the split's end, where only the rest of one line is wanted."""


class LineInput(InputFormat):
    r"""Records that are lines, ended by ``\n`` or ``\r\n``; the last line of a file needs no end. A ``\r`` anywhere
    else is part of its line."""

    chunk: ClassVar[int] = 128 * 2**10
    """Bytes to read and decode at a time. Measured over 100 MB of text: 48 to 256 KiB are within 5 % of each other,
    1 MiB, whose lines no longer fit the processor's cache, is a third slower."""

    def __init__(self, options: FormatOptions) -> None:
        super().__init__(options)
        self._codec = codec_of(options.encoding)
        self._drop_bom = options.encoding.lower() == "utf-8-sig"

    @abstractmethod
    def batches(self, lines: list[Any], offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:
        """Records out of lines, one for each.

        :param lines: str, or bytes with the encoding ``bytes``, without their ends; one at least.
        :param offset_of: where line ``i`` begins.
        """

    def read(self, source: Source) -> Iterator[Batch]:
        for offset, block in line_blocks(source, self.options.max_record_size, self.chunk):
            offset_of = partial(_offset_of, offset, block)
            text = block.removeprefix(BOM) if self._drop_bom and offset == 0 else block
            try:
                lines = self._split(text)
            except UnicodeDecodeError as error:
                good = text.rfind(b"\n", 0, error.start) + 1
                if good:
                    yield from self.batches(self._split(text[:good]), offset_of, source.path)
                where = offset_of(text.count(b"\n", 0, good))
                raise _undecodable(error, where, text[good:], self.options.encoding, source.path) from error
            if lines:
                yield from self.batches(lines, offset_of, source.path)

    def _split(self, block: bytes) -> list[Any]:
        """All lines of a block. Two searches and a split in C, whatever the number of lines."""
        if self._codec is None:
            lines: list[Any] = (block.replace(b"\r\n", b"\n") if b"\r" in block else block).split(b"\n")
        else:
            text = block.decode(self._codec)
            lines = (text.replace("\r\n", "\n") if b"\r" in block else text).split("\n")
        if not lines[-1]:  # what follows the last line's end
            lines.pop()
        return lines


def _undecodable(error: UnicodeDecodeError, offset: int, data: bytes, encoding: str, path: str) -> RecordError:
    """:param data: the bytes from the record's first on."""
    bad = error.object[error.start : error.start + 1]
    return RecordError(
        f"the record at byte {offset} of {path} is not {encoding} ({error.reason}: {bad!r}): set its encoding, or "
        "encoding=bytes and decode in the mapper",
        offset,
        data.partition(b"\n")[0][:PREVIEW],
    )


def _offset_of(offset: int, block: bytes, index: int) -> int:
    return offset + len(block) - len(block.split(b"\n", index)[index]) if index else offset


def line_blocks(source: Source, limit: int, chunk: int) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in a split, many at once, with the offset of each block; every block ends with its last
    line's end, unless the file ends without one.

    :param limit: bytes that a line may have, its line feed not counted.
    :param chunk: bytes to read at a time.
    :raises RecordError: for a longer line, before more than a chunk over the limit has been read.
    :raises DataError: when the file ends before the split does.
    """
    if source.start >= source.end:
        return
    with source.open(max(source.start - 1, 0)) as stream:
        first = _first_line(stream, source, chunk)
        if first is not None:
            for offset, block in _blocks(stream, source, first, limit, chunk):
                if len(block) <= limit:
                    yield offset, block
                else:
                    yield from _checked(offset, block, limit, source.path)


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
    stream: BinaryIO, source: Source, first: tuple[int, bytes], limit: int, chunk: int
) -> Iterator[tuple[int, bytes]]:
    offset, data = first
    held: list[bytes] = []  # pieces of a line that has not ended; joined once, however many they are
    held_size = 0
    at = offset
    while data or (data := stream.read(min(chunk, source.end - at if at < source.end else _TAIL))):
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
        if held_size > limit:
            raise _too_long(offset, b"".join(held), limit, source.path)
        data = b""
    _check_end(source, at)
    if held_size:
        yield offset, b"".join(held)


def _checked(offset: int, block: bytes, limit: int, path: str) -> Iterator[tuple[int, bytes]]:
    """A block that is large enough to hold a line over the limit."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        if end - start > limit:
            if start:
                yield offset, block[:start]
            raise _too_long(offset + start, block[start:end], limit, path)
        start = end + 1
    yield offset, block


def _too_long(offset: int, line: bytes, limit: int, path: str) -> RecordError:
    return RecordError(
        f"the record at byte {offset} of {path} is longer than {limit} bytes: raise maxRecordSize, or check that the "
        "file is made of lines",
        offset,
        line[:PREVIEW],
    )


def _check_end(source: Source, at: int) -> None:
    # Only a plain file's end is known before it is read. It counts behind the split's end too: a store that breaks off
    # there would cut the split's last line short.
    if at < source.size and source.end <= source.size:
        raise DataError(f"{source.path} ends at byte {at} and not at {source.size}: it changed while the job ran")
