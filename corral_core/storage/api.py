"""The Storage contract: all data of a run goes through it, and nothing else of corral touches files.

Paths are strings with their scheme (``s3://bucket/key``); a path without a scheme, or with ``file://``, is local.
A missing file is ``FileNotFoundError``, a refused one ``PermissionError``, a taken name ``FileExistsError``; anything
else that goes wrong is an ``OSError``.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from corral_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from corral_core.diagnosis import Finding
    from corral_core.prices import PriceTable

__all__ = ["ByteRange", "FileInfo", "Storage", "hidden", "is_utf8"]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One stored file."""

    path: str
    """Whole, with its scheme; local paths are absolute and have none."""
    size: int
    """In bytes."""
    version: str = ""
    """Changes when the content does: an etag, a generation, or a time of modification."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes at ``offset`` of a file."""

    path: str
    offset: int
    length: int


class Storage(ABC):
    """Files of one kind of store, by scheme. Safe to use from several threads."""

    schemes: ClassVar[tuple[str, ...]]
    """The schemes that this class serves, such as ``("s3", "s3a")``."""
    local: ClassVar[bool] = False
    """Files are on this machine's disk: opening one again is cheap, and a remote worker does not see them."""
    in_process: ClassVar[bool] = False
    """Files are in this process's memory: a worker in any other process does not see them."""
    prices: ClassVar[PriceTable | None] = None
    """List prices of requests; None: they cost nothing."""
    billed: ClassVar[Mapping[str, str]] = {}
    """The name in :attr:`prices` by the kind of request (storage/requests.py), for those that are billed."""
    exclusive: bool = False
    """Whether ``create(exclusive=True)`` is atomic against other writers, not a look before the leap."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme

    @abstractmethod
    def list(self, path: str) -> list[FileInfo]:
        """The files that a file, a directory or a glob stands for, sorted by path.

        A file that exists under exactly this name is itself, even with ``*?[`` in the name. A directory stands for
        all files below it, and so does a directory that a glob matches. Below a directory or a glob, what lies under
        a name that starts with ``_`` or ``.`` is left out. Nothing there: an empty list.
        """

    @abstractmethod
    def stat(self, path: str) -> FileInfo:
        """:raises FileNotFoundError: when there is no such file (a directory is none)."""

    @abstractmethod
    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """A stream of the file's bytes from ``offset`` on, ``length`` of them or to the end."""

    def stream(self, file: FileInfo, offset: int, wanted: int) -> BinaryIO:
        """The bytes of a file as it was listed, from ``offset`` to its end: what a split is read through.

        A store with latency fetches ahead of use, and asks for nothing but the bytes.

        :param wanted: bytes that will surely be read, and so may be fetched; the rest is when it is asked for.
        :raises DataError: at the latest when read, when the file changed since.
        """
        found = self.stat(file.path)
        if found.size != file.size:
            raise DataError(
                f"{file.path} changed while the job ran: it has {found.size:,} bytes, and had {file.size:,} when the "
                "run began; let nothing write it, and run the job again"
            )
        if self.local and file.version not in {"", found.version}:
            raise DataError(f"{file.path} was written anew while the job ran: run the job again")
        stream = self.open(file.path, offset)
        if self.local:  # a file that the system has in memory is faster without
            return stream
        from corral_core.storage.readahead import PIECE, ReadAhead

        return io.BufferedReader(ReadAhead(stream, wanted), PIECE)

    @abstractmethod
    def create(self, path: str, *, exclusive: bool = False) -> AbstractContextManager[BinaryIO]:
        """Write a file that appears whole when the block ends well, or not at all when it raises.

        Directories above it come into being. Until then an older file of that name stays as it was.

        :param exclusive: raise ``FileExistsError`` when the block ends and the name is taken; not before, since whoever
            writes may want to compare.
        """

    @abstractmethod
    def delete(self, paths: Iterable[str]) -> None:
        """Remove files; one that is not there is no error."""

    @abstractmethod
    def delete_tree(self, path: str) -> None:
        """Remove a directory with all below it, hidden names too; one that is not there is no error."""

    def abort_uploads(self, path: str) -> int:  # noqa: ARG002  (most stores keep nothing of a write that did not end)
        """Remove what writers that were killed left of files at a path or below it, hidden from listings; how many.

        A writer that is still at work loses its file.
        """
        return 0

    def read_ranges(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        """The bytes of many ranges, in order. A store with latency fetches several at once, ahead of use.

        A range beyond the end of its file gives fewer bytes, which the caller must check.
        """
        for part in ranges:
            with self.open(part.path, part.offset, part.length) as stream:
                yield stream.read()

    def asked_to_read(self, length: int) -> Mapping[str, int]:  # noqa: ARG002  (most stores count no requests)
        """The requests, by kind, by which :meth:`stream` reads so many bytes: what ``corral plan`` reckons with."""
        return {}

    def asked_to_fetch(self, ranges: int) -> Mapping[str, int]:  # noqa: ARG002  (as above)
        """Those of :meth:`read_ranges`."""
        return {}

    def asked_to_write(self, size: int) -> Mapping[str, int]:  # noqa: ARG002  (as above)
        """Those by which :meth:`create` writes a file of so many bytes."""
        return {}

    def diagnose(self, path: str) -> Iterable[Finding]:  # noqa: ARG002  (most stores need no credentials)
        """What ``corral doctor`` finds of this store, for a path in it: credentials and their source, whether it may be
        listed and read. Changes nothing, and raises nothing: what goes wrong is a finding."""
        return ()

    def join(self, base: str, *names: str) -> str:
        """``names`` below ``base``; a final slash of ``base`` does not matter."""
        top = base if base.endswith("://") else f"{base.rstrip('/')}/"  # a store that needs nothing before a path
        return top + "/".join(names)

    def normalize(self, path: str) -> str:
        """The one form of this path that any worker understands: absolute when local.

        :raises InputError: when it can be no path of this store.
        """
        return path


def hidden(relative: str) -> bool:
    """Whether a path below a directory or a glob's fixed part lies under a name that starts with ``_`` or ``.``."""
    return any(part.startswith(("_", ".")) for part in relative.split("/"))


def is_utf8(name: str) -> bool:
    """Whether a name of a file or in the environment can stand in a message: Python makes half characters of bytes
    that are no UTF-8."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
