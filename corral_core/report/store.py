"""The file of a report: ``LOCATION/_report.json.gz``, written once, when the run is over."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import msgspec

from corral_core.errors import InputError
from corral_core.report.api import VERSION, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.storage.api import Storage

__all__ = ["NAME", "decode", "read", "write"]

NAME = "_report.json.gz"
"""In the working location. The underscore keeps it from being an input."""

_LEVEL = 5
"""Of gzip: 9 takes four times as long, for a tenth less."""


class _Versioned(msgspec.Struct):
    version: int = 0


def write(storage: Storage, path: str, pieces: Iterable[bytes]) -> None:
    """Write an encoded report, in one request.

    :raises OSError: when it can't be written.
    """
    with storage.create(path) as stream, gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed:
        for piece in pieces:
            packed.write(piece)


def read(storage: Storage, path: str) -> bytes:
    """A report as JSON.

    :raises FileNotFoundError: when there is none.
    :raises InputError: when the file is damaged.
    """
    with storage.open(path) as stream:
        packed = stream.read()
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise _damaged(path, error) from error


def decode(data: bytes, path: str) -> Report:
    """:raises InputError: when it is no report, or one of a later version."""
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            raise InputError(
                f"the report {path} has version {version}, and this corral reads up to version {VERSION}: look at it "
                "with the corral that wrote it, or a later one"
            )
        return msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> InputError:
    return InputError(f"the report {path} is damaged ({error}): remove it, and run the job again for another")
