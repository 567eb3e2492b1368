"""Streams that storages share."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Held", "window"]


def window(stream: BinaryIO, length: int | None) -> BinaryIO:
    """The next ``length`` bytes of a stream, as a stream that closes it; None: all that is left."""
    return stream if length is None else io.BufferedReader(_Window(stream, length))


class Held(io.BytesIO):
    """A file that is written in memory; it outlives a writer that closes it."""

    def close(self) -> None:
        """Keep what was written."""


class _Window(io.RawIOBase):
    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
