r"""Lines, the way that every format made of lines reads them.

::

    storage ──► chunks ──► blocks of whole lines ──► decoded and split at once ──► batches
                (128 KiB)   (blocks.line_blocks)      (LineInput.read)              (LineInput.batches)
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.errors import RecordError
from corral_core.formats.api import KEPT, Batch, FormatOptions, InputFormat, Source
from corral_core.formats.blocks import line_blocks
from corral_core.formats.encodings import BOM, codec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LineInput"]


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
        """Records out of lines, one for each. A bad one goes to ``self.options.refuse``, between two batches.

        :param lines: str, or bytes with the encoding ``bytes``, without their ends; one at least.
        :param offset_of: where line ``i`` begins.
        """

    def read(self, source: Source) -> Iterator[Batch]:
        for offset, block in line_blocks(source, self.options, self.chunk):
            place = _Lines(offset, block)
            text = block.removeprefix(BOM) if self._drop_bom and offset == 0 else block
            try:
                lines = self._split(text)
            except UnicodeDecodeError:
                batches = self._line_by_line(text, place.offset_of, source.path)
            else:
                batches = self.batches(lines, place.offset_of, source.path) if lines else iter(())
            for batch in batches:
                batch.raw_at = place.raw_at
                yield batch

    def _split(self, block: bytes) -> list[Any]:
        """All lines of a block. Two searches and a split in C, whatever the number of lines."""
        if self._codec is None:
            return _undecoded(block)
        text = block.decode(self._codec)
        lines = (text.replace("\r\n", "\n") if b"\r" in block else text).split("\n")
        if not lines[-1]:  # what follows the last line's end
            lines.pop()
        return lines

    def _line_by_line(self, block: bytes, offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:
        """A block with lines that can't be decoded: what is wrong with one depends on nothing around it."""
        encoding = self.options.encoding
        good: list[str] = []
        first = 0
        for number, line in enumerate(_undecoded(block)):
            try:
                good.append(line.decode(self._codec or encoding))
            except UnicodeDecodeError as error:
                if good:
                    yield from self.batches(good, partial(_behind, offset_of, first), path)
                good, first = [], number + 1
                self.options.refuse(_undecodable(error, offset_of(number), line, encoding, path))
        if good:
            yield from self.batches(good, partial(_behind, offset_of, first), path)


class _Lines:
    """Where a block's lines stand; worked out when somebody asks, for all of them at once."""

    __slots__ = ("_block", "_offset", "_starts")

    def __init__(self, offset: int, block: bytes) -> None:
        self._offset, self._block = offset, block
        self._starts: list[int] = []

    def offset_of(self, index: int) -> int:
        if not self._starts:
            self._starts = list(accumulate((len(line) + 1 for line in self._block.split(b"\n")), initial=self._offset))
        return self._starts[index]

    def raw_at(self, offset: int) -> bytes:
        start = offset - self._offset
        end = self._block.find(b"\n", start)
        return self._block[start:] if end < 0 else self._block[start:end].removesuffix(b"\r")


def _behind(offset_of: Callable[[int], int], first: int, index: int) -> int:
    return offset_of(first + index)


def _undecoded(block: bytes) -> list[bytes]:
    lines = (block.replace(b"\r\n", b"\n") if b"\r" in block else block).split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _undecodable(error: UnicodeDecodeError, offset: int, line: bytes, encoding: str, path: str) -> RecordError:
    bad = error.object[error.start : error.start + 1]
    return RecordError(
        f"the record at byte {offset} of {path} is not {encoding} ({error.reason}: {bad!r}): set its encoding, or "
        "encoding=bytes and decode in the mapper",
        offset,
        line[:KEPT],
        len(line),
    )
