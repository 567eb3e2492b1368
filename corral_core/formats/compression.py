"""Compressed input, by the suffix of its name: ``.gz .bz2 .xz .zst .lz4``.

A file is one member or many (frames, streams) behind each other, as ``cat``, ``pigz`` or ``pzstd`` make them, and all
are read. The standard library's file objects take what follows the first member of a ``.bz2`` or ``.xz`` for garbage
and drop it when it does not begin like another, which would turn damage into a short answer; so the members are walked
here, the same way for all five. A file of no bytes at all is cut, since even compressed nothing has a header.
"""

from __future__ import annotations

import io
import sys
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from corral_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

__all__ = ["SUFFIXES", "decompressor"]

SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".lz4")

_READ = 128 * 2**10
"""Compressed bytes to read at a time."""


class _Member(Protocol):
    """What the decompressors of bz2, lzma, zstd and lz4 have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def decompressor(path: str) -> Callable[[BinaryIO], BinaryIO] | None:
    """What turns a stream of the file's bytes into one of its content; None for a file that is not compressed.

    Reading raises :class:`DataError` when the file is damaged or cut. Closing it closes the other.
    """
    suffix = next((suffix for suffix in SUFFIXES if path.lower().endswith(suffix)), None)
    return partial(_opened, path, suffix) if suffix else None


def _opened(path: str, suffix: str, stream: BinaryIO) -> BinaryIO:
    return io.BufferedReader(_Members(stream, path, _factory(suffix), padded=suffix in {".gz", ".xz"}), _READ)


def _factory(suffix: str) -> Callable[[], _Member]:
    if suffix == ".gz":
        return _GzipMember
    if suffix == ".bz2":
        from bz2 import BZ2Decompressor

        return BZ2Decompressor
    if suffix == ".xz":
        from lzma import LZMADecompressor

        return LZMADecompressor
    if suffix == ".zst":
        if sys.version_info >= (3, 14):
            from compression.zstd import ZstdDecompressor
        else:
            from backports.zstd import ZstdDecompressor
        return ZstdDecompressor
    from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-untyped]  # (lz4 ships no types)

    return cast("Callable[[], _Member]", LZ4FrameDecompressor)


class _GzipMember:
    """zlib's decompressor in the shape of the others; it checks the CRC and the length."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)  # 16 for gzip's header and trailer, 15 for any window
        self._left = b""

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._left

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._zlib.decompress(self._left + data, max_length)
        self._left = self._zlib.unconsumed_tail
        return out


class _Members(io.RawIOBase):
    """The content of all members.

    :param padded: whether zeros between and behind members are padding, as tapes and the xz format have it.
    """

    def __init__(self, stream: BinaryIO, path: str, new: Callable[[], _Member], *, padded: bool) -> None:
        self._stream = stream
        self._path = path
        self._new = new
        self._padded = padded
        self._member: _Member | None = None

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._some(len(view))
        view[: len(data)] = data
        return len(data)

    def _some(self, size: int) -> bytes:
        """Up to ``size`` bytes of content; none at the end."""
        while True:
            feed: bytes | None = b""
            if self._member is None or self._member.eof:
                feed = self._between()
                if feed is None:
                    return b""
                self._member = self._new()
            elif self._member.needs_input and not (feed := self._stream.read(_READ)):
                raise DataError(f"{self._path} ends in the middle of its compressed data: it was cut, get it anew")
            if data := self._decompress(self._member, feed, size):
                return data

    def _between(self) -> bytes | None:
        """The first bytes of the next member; None when there is none."""
        first = self._member is None
        data = b"" if self._member is None else self._member.unused_data or b""
        while True:
            data = data.lstrip(b"\0") if self._padded and not first else data
            if data:
                return data
            data = self._stream.read(_READ)
            if not data and first:
                raise DataError(f"{self._path} is empty, which no compressed file is: it was cut, get it anew")
            if not data:
                return None

    def _decompress(self, member: _Member, data: Any, size: int) -> bytes:
        try:
            return member.decompress(data, size)
        except MemoryError:
            raise
        except Exception as error:  # each library has its own
            raise DataError(f"{self._path} is damaged, or not what its name says ({error}): get it anew") from error
