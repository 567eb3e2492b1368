"""Every scheme that fsspec knows and nothing else takes; fsspec is imported when a path first needs it.

fsspec's contract leaves three things open that a run depends on, and this class settles them:

- *when a written file is seen.* Object stores show it when it is closed, so a failed write is discarded unclosed.
  Elsewhere fsspec writes in place, unless asked (``autocommit=False``) for a temporary name and a move.
- *what listings are.* fsspec remembers them; other processes write, so here they are forgotten before each look.
- *what errors are.* Whatever a store's SDK raises leaves here as an ``OSError``.
"""

from __future__ import annotations

import errno
import io
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from corral_core.errors import InputError
from corral_core.storage.api import ByteRange, FileInfo, Storage, hidden
from corral_core.storage.globs import Entry, expand, is_glob, wanted
from corral_core.storage.remote_errors import os_errors, ranges_checked, said_otherwise
from corral_core.storage.streams import Held, window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["FsspecStorage", "check_scheme"]

_EXTRAS = {"s3": "s3", "s3a": "s3"}
"""The extra of corral-core that brings a scheme's package."""

_OBJECT_STORES = frozenset({"az", "abfs", "abfss"})
"""Where a file is seen when it is closed, and directories need no making."""

_BLOCK = 8 * 2**20
"""Bytes in a part of an upload and in a read-ahead: what a small worker can hold."""

_WINDOW_BYTES = 32 * 2**20
_WINDOW_RANGES = 64
"""How much, and how many ranges, :meth:`FsspecStorage.read_ranges` fetches at once."""

_VERSION_KEYS = ("ETag", "etag", "generation", "md5Hash", "mtime", "LastModified", "last_modified", "created")
"""Where fsspec's file systems keep what changes with the content, the best first."""


class FsspecStorage(Storage):
    """Files of one scheme by way of fsspec.

    Credentials and endpoints come from where the store's own tools take them: environment and configuration files.

    :raises InputError: for a scheme that fsspec does not know, or whose package is missing.
    """

    schemes: ClassVar[tuple[str, ...]] = ()
    """Any: :func:`corral_core.storage.resolve.storage_for` comes here when nothing else takes a scheme."""

    def __init__(self, scheme: str) -> None:
        super().__init__(scheme)
        check_scheme(scheme)

    def list(self, path: str) -> list[FileInfo]:
        path = self.normalize(path)
        fs, name = self._locate(path)
        with os_errors(path):
            fs.invalidate_cache()
            found = self._info(fs, name)
            if found is not None and found["type"] == "file":
                return [_file_info(path, found)]
            files = self.below(path) if found is not None else expand(self, path) if is_glob(path) else ()
            return sorted(files, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo:
        path = self.normalize(path)
        fs, name = self._locate(path)
        with os_errors(path):
            fs.invalidate_cache(name)
            found = fs.info(name)
        if found["type"] != "file":
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        return _file_info(path, found)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        fs, name = self._locate(path)
        with os_errors(path):
            if length is not None and length <= _BLOCK:  # one request, where a stream would ask for the size first
                return io.BytesIO(next(self.read_ranges([ByteRange(path, offset, length)])))
            stream: BinaryIO = fs.open(name, "rb", block_size=_BLOCK)
            stream.seek(offset)
        return window(stream, length)

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        """As the contract says. An exclusive file is held in memory until the block ends: what is created exclusively
        is small, and only a single request is sure to carry the store's condition."""
        fs, name = self._locate(path)
        with os_errors(path):
            if self.scheme not in _OBJECT_STORES:
                fs.makedirs(name.rpartition("/")[0], exist_ok=True)
            stream = Held() if exclusive else self._writer(fs, name)
        try:
            yield stream
        except BaseException:
            if not exclusive:
                self._discard(stream)
            raise
        with os_errors(path):
            if exclusive:
                self._put_new(fs, name, stream.getvalue())
            else:
                self._commit(fs, name, stream)

    def delete(self, paths: Iterable[str]) -> None:
        # fsspec's rm takes a name with *?[ for a pattern, its rm_file takes every name as it is.
        for pattern_like, some in groupby(sorted(paths, key=is_glob), key=is_glob):
            located = [self._locate(path) for path in some]
            fs = located[0][0]
            names = [name for _, name in located]
            with os_errors(names[0]):
                try:
                    if not pattern_like:
                        fs.rm(names)
                        continue
                except FileNotFoundError:
                    pass  # which says nothing of the others
                for name in names:
                    with suppress(FileNotFoundError):
                        fs.rm_file(name)

    def delete_tree(self, path: str) -> None:
        path = self.normalize(path)
        fs, name = self._locate(path)
        with os_errors(path):
            fs.invalidate_cache()
            if is_glob(path):
                self.delete([self._path(path, found) for found in fs.find(name)])
                return
            with suppress(FileNotFoundError):
                fs.rm(name, recursive=True)

    def read_ranges(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        for some in _windows(ranges):
            fs = self._locate(some[0].path)[0]
            names = [self._locate(part.path)[1] for part in some]
            ends = [part.offset + part.length for part in some]
            with os_errors(some[0].path):
                got = fs.cat_ranges(names, [part.offset for part in some], ends, on_error="return")
            yield from ranges_checked(some, got)

    def normalize(self, path: str) -> str:
        """Without final slashes, except for HTTP, where they name another thing."""
        bare = path.rstrip("/")
        return path if bare.endswith(":") or self.scheme in {"http", "https"} else bare

    def scan(self, directory: str, pattern: str) -> Iterator[Entry]:
        """The names in a directory that match; none when there is no such directory."""
        fs, name = self._locate(directory)
        try:
            entries = fs.ls(name, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return
        for found in entries:
            path = self._path(directory, found["name"])
            if path != directory and wanted(path.rpartition("/")[2], pattern):
                yield Entry(path, _file_info(path, found) if found["type"] == "file" else None)

    def below(self, directory: str) -> Iterator[FileInfo]:
        """All files below a directory, hidden names left out."""
        fs, name = self._locate(directory)
        cut = len(directory.rstrip("/")) + 1
        for found in fs.find(name, detail=True).values():
            path = self._path(directory, found["name"])
            # Consoles of object stores make directories of empty objects whose names end with a slash.
            if found["type"] == "file" and not found["name"].endswith("/") and not hidden(path[cut:]):
                yield _file_info(path, found)

    def _locate(self, path: str) -> tuple[Any, str]:
        """The file system behind a path, which may name a host, and the file system's own name for the path."""
        import fsspec  # type: ignore[import-untyped]  # (fsspec ships no types)

        cls = fsspec.get_filesystem_class(self.scheme)
        try:
            fs = fsspec.filesystem(self.scheme, **cls._get_kwargs_from_urls(path))
        except ImportError as error:
            raise _lacking(self.scheme, error) from error
        except (TypeError, ValueError) as error:  # what an address does not have is an argument that is missing
            raise InputError(
                f"{path} can't be opened: {error}; what is no part of an address goes into fsspec's configuration, "
                f"under {self.scheme}"
            ) from error
        return fs, cls._strip_protocol(path)

    def _path(self, sibling: str, name: str) -> str:
        """The whole path of what the file system calls ``name``, given the path of anything in the same place."""
        own = self._locate(sibling)[1]
        return self.normalize(sibling.removesuffix(own) + name)

    def _info(self, fs: Any, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = fs.info(name)
        except NotADirectoryError:
            return None
        except FileNotFoundError as error:
            if said_otherwise(error):
                raise
            return None
        return found

    def _writer(self, fs: Any, name: str) -> Any:
        return fs.open(name, "wb", block_size=_BLOCK, autocommit=self.scheme in _OBJECT_STORES)

    def _commit(self, fs: Any, name: str, stream: Any) -> None:  # noqa: ARG002  (for stores that need the name)
        try:
            stream.close()
        except BaseException:
            self._discard(stream)
            raise
        if self.scheme not in _OBJECT_STORES:
            stream.commit()

    def _discard(self, stream: Any) -> None:
        with suppress(Exception):  # the error that led here is the one to tell
            if self.scheme not in _OBJECT_STORES:
                stream.close()
            if hasattr(stream, "discard"):
                stream.discard()
        if self.scheme in _OBJECT_STORES:
            stream.closed = True  # or its finalizer would write it after all

    def _put_new(self, fs: Any, name: str, data: bytes) -> None:
        """Write a file that must not be there, in one request."""
        fs.pipe_file(name, data, mode="create")


def check_scheme(scheme: str) -> None:
    """:raises InputError: when fsspec knows no such scheme, or its package for it is missing."""
    from difflib import get_close_matches

    import fsspec

    try:
        fsspec.get_filesystem_class(scheme)
    except ValueError:
        near = get_close_matches(scheme.lower(), fsspec.available_protocols(), 1)
        known = f"did you mean {near[0]}://?" if near else "local paths, s3://, gs:// and what fsspec knows are stored"
        raise InputError(f"nothing here stores {scheme}:// paths: {known}") from None
    except ImportError as error:
        raise _lacking(scheme, error) from error


def _lacking(scheme: str, error: ImportError) -> InputError:
    extra = _EXTRAS.get(scheme)
    way_out = f"pip install 'corral-core[{extra}]'" if extra else str(error)
    return InputError(f"{scheme}:// paths need a package that is not installed: {way_out}")


def _file_info(path: str, found: dict[str, Any]) -> FileInfo:
    if found.get("size") is None:
        raise OSError(errno.ESPIPE, "the server does not tell the size: download it first", path)
    version = next((str(found[key]) for key in _VERSION_KEYS if found.get(key)), "")
    return FileInfo(path, int(found["size"]), version)


def _windows(ranges: Sequence[ByteRange]) -> Iterator[list[ByteRange]]:
    """Runs of ranges to fetch at once; one range may be larger than the limit."""
    some: list[ByteRange] = []
    size = 0
    for part in ranges:
        if some and (len(some) == _WINDOW_RANGES or size + part.length > _WINDOW_BYTES):
            yield some
            some, size = [], 0
        some.append(part)
        size += part.length
    if some:
        yield some
