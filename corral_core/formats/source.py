"""From a split to the bytes that a format reads."""

from __future__ import annotations

import io
import sys
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from corral_core.errors import DataError
from corral_core.formats.api import Source
from corral_core.formats.compression import decompressor
from corral_core.formats.readahead import PIECE, ReadAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.storage.api import Storage
    from corral_core.tasks import Split

__all__ = ["open_split"]


def open_split(storage: Storage, split: Split) -> Source:
    """The bytes of a split; of a compressed file, which is one split, its content, whose size nobody knows before.

    :raises DataError: when the file has not the size that it was planned with.
    :raises FileNotFoundError: when it is gone.
    :raises ValueError: when a compressed file was split.
    """
    size = storage.stat(split.path).size
    if size != split.size:
        raise DataError(
            f"{split.path} changed while the job ran: it has {size} bytes, and had {split.size} when the run began"
        )
    unpack = decompressor(split.path)
    if unpack is None:
        return Source(split.path, split.start, split.end, size, partial(_open_plain, storage, split))
    if split.start:
        raise ValueError(f"{split.path} is compressed and can't be read from byte {split.start}")
    return Source(split.path, 0, sys.maxsize, size, partial(_open_content, storage, split.path, unpack))


def _open_plain(storage: Storage, split: Split, offset: int) -> BinaryIO:
    stream = storage.open(split.path, offset)
    return stream if storage.local else io.BufferedReader(ReadAhead(stream, split.end - offset), PIECE)


def _open_content(storage: Storage, path: str, unpack: Callable[[BinaryIO], BinaryIO], offset: int) -> BinaryIO:
    stream = io.BufferedReader(ReadAhead(unpack(storage.open(path)), sys.maxsize), PIECE)
    while offset > 0:
        skipped = len(stream.read(min(offset, 2**20)))
        offset = offset - skipped if skipped else 0
    return stream
