"""The Storage contract over any object store, given what it can do in requests of its own."""

from __future__ import annotations

import io
import re
from abc import abstractmethod
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from corral_core.errors import InputError
from corral_core.storage.api import ByteRange, FileInfo, Storage, hidden
from corral_core.storage.globs import Entry, expand, is_glob, wanted
from corral_core.storage.objects.api import place_of
from corral_core.storage.objects.ranges import PIECE, fetch
from corral_core.storage.objects.reading import RANGE, ObjectStream
from corral_core.storage.streams import window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from corral_core.storage.objects.api import Client, Page

__all__ = ["ObjectStorage", "Upload", "prefix_of"]

_AHEAD_BYTES = 64 * 2**20
_AHEAD_RANGES = 32
"""How much, and how many ranges, :meth:`ObjectStorage.read_ranges` has on their way or in hand."""


class Upload(Protocol):
    """An object that is being written, as a binary stream with two ends."""

    def commit(self) -> None:
        """Make the object seen."""
        ...

    def abort(self) -> None:
        """Leave nothing behind."""
        ...


class ObjectStorage(Storage):
    """Objects by key. Every character of a key is itself; a key that ends with a slash is no file."""

    client: Client

    @abstractmethod
    def upload(self, path: str, *, exclusive: bool) -> Upload:
        """Begin to write an object."""

    @abstractmethod
    def pages(self, path: str, prefix: str, *, flat: bool) -> Iterator[Page]:
        """What the bucket of a path holds below a prefix: all of it, or, if not ``flat``, up to the next slash."""

    def list(self, path: str) -> list[FileInfo]:
        path = self.normalize(path)
        directory, _, name = path.rpartition("/")
        if is_glob(name) and not is_glob(directory):
            found = list(self._matched(directory, name))
        else:
            with suppress(FileNotFoundError):
                return [self.stat(path)]
            found = list(self.below(path))
            if not found and is_glob(path):
                found = list(expand(self, path))
        return sorted(found, key=lambda info: info.path)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        if length is not None and length <= RANGE:
            return io.BytesIO(next(self.read_ranges([ByteRange(path, offset, length)])))
        goal = None if length is None else offset + length
        stream = io.BufferedReader(ObjectStream(self.client, path, offset, goal=goal), PIECE)
        return window(stream, length)

    def stream(self, file: FileInfo, offset: int, wanted: int) -> BinaryIO:
        raw = ObjectStream(self.client, file.path, offset, goal=offset + wanted, size=file.size, version=file.version)
        return io.BufferedReader(raw, PIECE)

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        upload = self.upload(path, exclusive=exclusive)
        try:
            yield cast("BinaryIO", upload)
        except BaseException:
            upload.abort()
            raise
        upload.commit()

    def delete_tree(self, path: str) -> None:
        top = self.normalize(path)
        self.delete(file.path for page in self.pages(top, prefix_of(top), flat=True) for file in page.files)

    def read_ranges(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        flying: deque[tuple[ByteRange, Future[bytes]]] = deque()
        held = 0
        try:
            for part in ranges:
                while flying and (held + part.length > _AHEAD_BYTES or len(flying) == _AHEAD_RANGES):
                    held -= flying[0][0].length
                    yield self._fetched(*flying.popleft())
                flying.append((part, self.client.start(fetch(self.client, part))))
                held += part.length
            while flying:
                yield self._fetched(*flying.popleft())
        finally:
            for _, future in flying:
                future.cancel()

    def asked_to_read(self, length: int) -> dict[str, int]:
        return {"GET": -(-length // RANGE)} if length else {}

    def asked_to_fetch(self, ranges: int) -> dict[str, int]:
        return {"GET": ranges}

    def normalize(self, path: str) -> str:
        """Without final slashes.

        :raises InputError: when it names no bucket.
        """
        if not place_of(path)[0]:
            raise InputError(f"{path} names no bucket: give {self.scheme}://BUCKET/PATH")
        return path.rstrip("/")

    def scan(self, directory: str, pattern: str) -> Iterator[Entry]:
        """The names in a directory that match; none when there is no such directory."""
        return (entry for entry in self._entries(directory, pattern) if wanted(_name(entry), pattern))

    def below(self, directory: str) -> Iterator[FileInfo]:
        """All files below a directory, hidden names left out."""
        prefix = prefix_of(directory)
        for page in self.pages(directory, prefix, flat=True):
            for file in page.files:
                # Consoles make directories of empty objects whose names end with a slash.
                key = place_of(file.path)[1]
                if not key.endswith("/") and not hidden(key[len(prefix) :]):
                    yield file

    def path_of(self, sibling: str, key: str) -> str:
        """The path of another object of the same bucket."""
        return f"{self.scheme}://{place_of(sibling)[0]}/{key}"

    def _matched(self, directory: str, pattern: str) -> Iterator[FileInfo]:
        """What a pattern in a directory stands for; one request tells of the name itself and of what it matches."""
        if pattern == "**":
            yield from self.below(directory)
            return
        entries = [*self._entries(directory, pattern)]
        named = [entry for entry in entries if _name(entry) == pattern]
        for entry in named or [entry for entry in entries if wanted(_name(entry), pattern)]:
            yield from self.below(entry.path) if entry.info is None else [entry.info]

    def _entries(self, directory: str, pattern: str) -> Iterator[Entry]:
        """The names in a directory that may match."""
        prefix = prefix_of(directory)
        fixed = re.split(r"[*?[]", pattern, maxsplit=1)[0]
        for page in self.pages(directory, prefix + fixed, flat=False):
            yield from (Entry(self.path_of(directory, found[:-1]), None) for found in page.directories)
            yield from (Entry(file.path, file) for file in page.files if place_of(file.path)[1] != prefix)

    def _fetched(self, part: ByteRange, future: Future[bytes]) -> bytes:
        with self.client.errors(part.path):
            return future.result()


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]


def prefix_of(path: str) -> str:
    """What the keys below a path begin with."""
    key = place_of(path)[1]
    return f"{key}/" if key else ""
