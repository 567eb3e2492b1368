"""Outputs read back: which there are and whether they are whole, their bytes, and their records.

::

    LOCATION, its _SUCCESS ──outputs_of──> Outputs ──pieces───> bytes as they are stored, or unpacked
    one file of it         ──file_of────>     │
                                              └─batches──> records, through the format that reads them

A part is checked against the manifest while it passes, so nothing is read twice; the error comes behind its last byte.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, cast
from zlib import crc32

from corral_core.engine.census import census
from corral_core.errors import DataError, InputError, reason_of
from corral_core.formats.api import FormatOptions
from corral_core.formats.source import open_split
from corral_core.tasks import Split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

    from corral_core.engine.commit import Location, Manifest
    from corral_core.formats.api import Batch, InputFormat
    from corral_core.storage.api import FileInfo, Storage

__all__ = ["Outputs", "Part", "file_of", "outputs_of"]

_PIECE = 2**20


@dataclass(frozen=True)
class Part:
    """One file of an answer."""

    file: FileInfo
    checksum: str = ""
    """As its manifest has it; empty when nothing says."""


@dataclass(frozen=True)
class Outputs:
    """Files to read, in order."""

    storage: Storage
    parts: list[Part]
    format: str = ""
    """The output format that wrote them, by name; empty when nothing says."""
    encoding: str = "utf-8"

    def pieces(self) -> Iterator[bytes]:
        """All bytes, a piece at a time. A file whose name ends like a packed one's is unpacked.

        :raises DataError: behind a part that is not what the manifest says, or when it can't be read.
        """
        for part in self.parts:
            with _reading(part), _watched(self.storage, part) as stream:
                while data := stream.read(_PIECE):
                    yield data
                _check(part, cast("_Watched", stream.raw))

    def batches(self, reads: type[InputFormat]) -> Iterator[Batch]:
        """All records, a batch at a time.

        :param reads: the input format that reads what the output format wrote.
        :raises DataError: as :meth:`pieces` does, and when a record can't be read.
        """
        for part in self.parts:
            opened: list[_Watched] = []

            def watched(offset: int, part: Part = part, opened: list[_Watched] = opened) -> BinaryIO:
                stream = _watched(self.storage, part, offset)
                opened.append(cast("_Watched", stream.raw))
                return stream

            source = replace(open_split(self.storage, _split(part.file)), open=watched)
            with _reading(part):
                yield from reads(FormatOptions(self.encoding, sys.maxsize)).read(source)
                if len(opened) == 1 and opened[0].size == part.file.size:  # not one that is read here and there
                    _check(part, opened[0])


def outputs_of(location: Location, *, partial: bool) -> Outputs:
    """The outputs of a location.

    :param partial: take what is there, when the run has not ended.
    :raises InputError: when there are none, or their run has not ended.
    :raises DataError: when they are not those that the manifest lists.
    """
    manifest, there = location.manifest(), location.parts()
    if manifest is not None:
        return Outputs(location.storage, _listed(location, manifest, there), manifest.format, manifest.encoding)
    if there and partial:
        return Outputs(location.storage, [Part(file) for file in there])
    raise InputError(_not_whole(location, there))


def file_of(location: Location, file: FileInfo) -> Outputs:
    """One file; what the manifest of its location says of it, if anything."""
    manifest = location.manifest()
    name = file.path.rpartition("/")[2]
    listed = {part.path: part for part in manifest.parts} if manifest else {}
    if manifest is None or name not in listed:
        return Outputs(location.storage, [Part(file)])
    _check_size(file, listed[name].size)
    return Outputs(location.storage, [Part(file, listed[name].checksum)], manifest.format, manifest.encoding)


def _listed(location: Location, manifest: Manifest, there: list[FileInfo]) -> list[Part]:
    found = {file.path.rpartition("/")[2]: file for file in there}
    for part in manifest.parts:
        if part.path not in found:
            raise DataError(f"{part.path} is gone from {location.path}, where _SUCCESS lists it: run the job again")
        _check_size(found[part.path], part.size)
    return [Part(found[part.path], part.checksum) for part in manifest.parts]


def _not_whole(location: Location, there: list[FileInfo]) -> str:
    runs = census(location)
    run = f" (run {runs[-1].run}: {runs[-1].state})" if runs else ""
    if not there:
        return f"there are no outputs in {location.path}{run}" + (f"; see: corral runs {location.path}" if run else "")
    if location.has_manifest():
        return (
            f"nothing says what the outputs in {location.path} must be, since its _SUCCESS is damaged: run the job "
            "again with --overwrite, or see what is there with --partial"
        )
    return (
        f"the outputs in {location.path} are not all there, since no run has ended well{run}: wait for it, go on with "
        "--resume, or see what is there with --partial"
    )


def _check_size(file: FileInfo, size: int) -> None:
    if file.size != size:
        raise DataError(f"{file.path} has {file.size:,} bytes, and {size:,} when it was written: run the job again")


def _check(part: Part, seen: _Watched) -> None:
    if part.checksum and part.checksum != f"crc32:{seen.checksum:08x}":
        raise DataError(
            f"{part.file.path} is damaged: its checksum is not the one that _SUCCESS has; run the job again, and look "
            "at the storage it lay in"
        )


def _split(file: FileInfo) -> Split:
    return Split(file.path, 0, file.size, file.size, file.version)


def _watched(storage: Storage, part: Part, offset: int = 0) -> io.BufferedReader:
    return io.BufferedReader(_Watched(open_split(storage, _split(part.file)).open(offset)), _PIECE)


class _Watched(io.RawIOBase):
    """A stream that knows what has passed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = self.checksum = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self.size += len(data)
        self.checksum = crc32(data, self.checksum)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _reading(part: Part) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{error.filename or part.file.path} can't be read: {reason_of(error)}") from error
