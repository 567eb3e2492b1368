"""``s3://`` and ``s3a://``: the Storage contract in requests to S3.

What each costs: a look at a file is one HEAD, a listing one LIST for a thousand names, a read one GET for each range
(:mod:`~corral_core.storage.s3.reading`) and no look before it, a small file one PUT, a large one its parts and two
more (:mod:`~corral_core.storage.s3.writing`), removing a thousand files one request. Workers never list.
"""

from __future__ import annotations

import errno
import io
import re
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from corral_core.storage.api import ByteRange, FileInfo, hidden
from corral_core.storage.globs import Entry, expand, is_glob, wanted
from corral_core.storage.remote import FsspecStorage
from corral_core.storage.s3.client import Client, place_of
from corral_core.storage.s3.errors import os_error, s3_errors
from corral_core.storage.s3.ranges import PIECE, fetch
from corral_core.storage.s3.reading import RANGE, ObjectStream
from corral_core.storage.s3.writing import Upload
from corral_core.storage.streams import window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

__all__ = ["S3Storage"]

_BATCH = 1000
"""Keys in one request to remove them: S3's limit as of 2026."""
_BATCHES = 4
"""Such requests on their way at once."""
_AHEAD_BYTES = 64 * 2**20
_AHEAD_RANGES = 32
"""How much, and how many ranges, :meth:`S3Storage.read_ranges` has on their way or in hand."""


class S3Storage(FsspecStorage):
    """Objects of S3. Every character of a key is itself; a key that ends with a slash is no file."""

    schemes: ClassVar[tuple[str, ...]] = ("s3", "s3a")

    def __init__(self, scheme: str = "s3") -> None:
        super().__init__(scheme)
        self.exclusive = True
        self._client = Client(scheme)

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

    def stat(self, path: str) -> FileInfo:
        path = self.normalize(path)
        key = place_of(path)[1]
        if not key:
            raise FileNotFoundError(errno.ENOENT, "a bucket, not a file", path)
        try:
            found = self._client.call(path, "head_object", Key=key)
        except FileNotFoundError:
            raise
        except OSError:
            next(self.read_ranges([ByteRange(path, 0, 1)]))  # whose answer has a body, which says why
            raise
        return FileInfo(path, int(found["ContentLength"]), _version(found))

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        if length is not None and length <= RANGE:
            return io.BytesIO(next(self.read_ranges([ByteRange(path, offset, length)])))
        goal = None if length is None else offset + length
        stream = io.BufferedReader(ObjectStream(self._client, path, offset, goal=goal), PIECE)
        return window(stream, length)

    def stream(self, file: FileInfo, offset: int, wanted: int) -> BinaryIO:
        raw = ObjectStream(self._client, file.path, offset, goal=offset + wanted, size=file.size, version=file.version)
        return io.BufferedReader(raw, PIECE)

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        upload = Upload(self._client, path, exclusive=exclusive)
        try:
            yield cast("BinaryIO", upload)
        except BaseException:
            upload.abort()
            raise
        upload.commit()

    def delete(self, paths: Iterable[str]) -> None:
        flying: deque[tuple[str, Future[Any]]] = deque()
        for some in _batches(paths):
            while len(flying) >= _BATCHES:
                _deleted(*flying.popleft())
            objects = {"Objects": [{"Key": place_of(path)[1]} for path in some], "Quiet": True}
            sending = self._client.send(some[0], "delete_objects", Delete=objects)
            flying.append((some[0], self._client.start(sending)))
        while flying:
            _deleted(*flying.popleft())

    def delete_tree(self, path: str) -> None:
        top = self.normalize(path)
        self.delete(self._path(top, found["Key"]) for found in self._listed(top, _directory(top)))

    def read_ranges(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        flying: deque[tuple[ByteRange, Future[bytes]]] = deque()
        held = 0
        try:
            for part in ranges:
                while flying and (held + part.length > _AHEAD_BYTES or len(flying) == _AHEAD_RANGES):
                    held -= flying[0][0].length
                    yield _fetched(*flying.popleft())
                flying.append((part, self._client.start(fetch(self._client, part))))
                held += part.length
            while flying:
                yield _fetched(*flying.popleft())
        finally:
            for _, future in flying:
                future.cancel()

    def abort_uploads(self, path: str) -> int:
        path = self.normalize(path)
        found: list[dict[str, Any]] = []
        with suppress(FileNotFoundError):  # rclone's answer when there is none
            for page in self._client.pages(path, "list_multipart_uploads", Prefix=place_of(path)[1]):
                found += page.get("Uploads", ())
        ours = [upload for upload in found if f"{upload['Key']}/".startswith(_directory(path))]
        for upload in ours:
            with suppress(FileNotFoundError):  # ended since
                self._client.call(path, "abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
        return len(ours)

    def scan(self, directory: str, pattern: str) -> Iterator[Entry]:
        return (entry for entry in self._entries(directory, pattern) if wanted(_name(entry), pattern))

    def below(self, directory: str) -> Iterator[FileInfo]:
        prefix = _directory(directory)
        for found in self._listed(directory, prefix):
            # Consoles make directories of empty objects whose names end with a slash.
            if not found["Key"].endswith("/") and not hidden(found["Key"][len(prefix) :]):
                yield self._info_of(directory, found)

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
        prefix = _directory(directory)
        fixed = re.split(r"[*?[]", pattern, maxsplit=1)[0]
        for page in self._client.pages(directory, "list_objects_v2", Prefix=prefix + fixed, Delimiter="/"):
            for found in page.get("CommonPrefixes", ()):
                yield Entry(self._path(directory, found["Prefix"][:-1]), None)
            for found in page.get("Contents", ()):
                if found["Key"] != prefix:
                    yield Entry(self._path(directory, found["Key"]), self._info_of(directory, found))

    def _listed(self, path: str, prefix: str) -> Iterator[dict[str, Any]]:
        for page in self._client.pages(path, "list_objects_v2", Prefix=prefix):
            yield from page.get("Contents", ())

    def _info_of(self, sibling: str, found: dict[str, Any]) -> FileInfo:
        return FileInfo(self._path(sibling, found["Key"]), int(found["Size"]), _version(found))

    def _path(self, sibling: str, name: str) -> str:
        return f"{self.scheme}://{place_of(sibling)[0]}/{name}"


def _version(found: dict[str, Any]) -> str:
    return str(found.get("ETag", "")).strip('"')  # some stores quote it, some do in one answer and not in another


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]


def _directory(path: str) -> str:
    """What the keys below a path begin with."""
    key = place_of(path)[1]
    return f"{key}/" if key else ""


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """Paths of one bucket, as many as one request takes."""
    by_bucket: dict[str, list[str]] = {}
    for path in paths:
        some = by_bucket.setdefault(place_of(path)[0], [])
        some.append(path)
        if len(some) == _BATCH:
            yield by_bucket.pop(place_of(path)[0])
    yield from by_bucket.values()


def _deleted(path: str, future: Future[dict[str, Any]]) -> None:
    with s3_errors(path):
        answer = future.result()
    for failure in answer.get("Errors", ()):
        bucket = path.removesuffix(place_of(path)[1])
        raise os_error(failure.get("Code", ""), failure.get("Message", ""), bucket + failure.get("Key", ""))


def _fetched(part: ByteRange, future: Future[bytes]) -> bytes:
    with s3_errors(part.path):
        return future.result()
