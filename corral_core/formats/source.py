"""From a split to the bytes that a format reads."""

from __future__ import annotations

import io
import sys
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from corral_core.formats.api import Source
from corral_core.formats.compression import decompressor
from corral_core.storage.api import FileInfo
from corral_core.storage.readahead import PIECE, ReadAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.storage.api import Storage
    from corral_core.tasks import Split

__all__ = ["open_split"]


def open_split(storage: Storage, split: Split) -> Source:
    """The bytes of a split; of a compressed file, which is one split, its content, whose size nobody knows before.

    Nothing is asked of the storage before the source is opened. Reading raises :class:`DataError` when the file is no
    longer the one that was planned with, and :class:`FileNotFoundError` when it is gone.

    :raises ValueError: when a compressed file was split.
    """
    file = FileInfo(split.path, split.size, split.version)
    unpack = decompressor(split.path)
    if unpack is None:
        return Source(split.path, split.start, split.end, split.size, partial(_open_plain, storage, file, split.end))
    if split.start:
        raise ValueError(f"{split.path} is compressed and can't be read from byte {split.start}")
    return Source(split.path, 0, sys.maxsize, split.size, partial(_open_content, storage, file, unpack))


def _open_plain(storage: Storage, file: FileInfo, end: int, offset: int) -> BinaryIO:
    return storage.stream(file, offset, end - offset)


def _open_content(storage: Storage, file: FileInfo, unpack: Callable[[BinaryIO], BinaryIO], offset: int) -> BinaryIO:
    packed = storage.stream(file, 0, file.size)
    stream = io.BufferedReader(ReadAhead(unpack(packed), sys.maxsize), PIECE)
    while offset > 0:
        skipped = len(stream.read(min(offset, 2**20)))
        offset = offset - skipped if skipped else 0
    return stream
