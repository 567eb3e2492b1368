"""Local files, with nothing but the standard library.

fsspec serves every other scheme. Not this one: its import would cost each local worker some hundred milliseconds, and
its local file system can't create a file exclusively, which needs a hard link.

Files are not synced to the disk. What is promised is that a crash of a process never shows half a file; after a crash
of the machine a run is repeated, and its manifest's checksums tell whether an older one's outputs are whole. Syncing
each of thousands of segments would cost more than writing them.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from corral_core.errors import InputError
from corral_core.storage.api import FileInfo, Storage, is_utf8
from corral_core.storage.creating import LEFT_BEHIND, creating
from corral_core.storage.globs import Entry, expand, is_glob, wanted
from corral_core.storage.streams import window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.diagnosis import Finding

__all__ = ["LocalStorage"]


class LocalStorage(Storage):
    """Files of this machine: paths without a scheme, and ``file://``."""

    schemes: ClassVar[tuple[str, ...]] = ("file",)
    local = True
    exclusive = True

    def __init__(self, scheme: str = "file") -> None:
        super().__init__(scheme)

    def list(self, path: str) -> list[FileInfo]:
        """As the contract says. Symbolic links count as what they lead to; one that leads nowhere, like a file that is
        no regular file, is an error and not left out, since a job's answer would silently lack it."""
        path = self.normalize(path)
        found = _stat(path)
        if found is not None:
            return sorted(self.below(path), key=_path) if stat.S_ISDIR(found.st_mode) else [_info(path, found)]
        return sorted(expand(self, path), key=_path) if is_glob(path) else []

    def stat(self, path: str) -> FileInfo:
        path = self.normalize(path)
        found = Path(path).stat()
        if stat.S_ISDIR(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "a directory, not a file", path)
        return _info(path, found)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        stream = Path(self.normalize(path)).open("rb")  # noqa: SIM115  (the caller closes it)
        stream.seek(offset)
        return window(stream, length)

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        """As the contract says, by way of a file without a name, or, where there is no such thing, a hidden one beside
        the target (:mod:`corral_core.storage.creating`)."""
        target = Path(self.normalize(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        with creating(target, exclusive=exclusive) as stream:
            yield stream

    def delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            Path(self.normalize(path)).unlink(missing_ok=True)

    def delete_tree(self, path: str) -> None:
        path = self.normalize(path)
        while os.path.lexists(path):
            # Somebody who removes files of the same tree at the same time must not leave us with the rest of it.
            with suppress(FileNotFoundError):
                shutil.rmtree(path)

    def abort_uploads(self, path: str) -> int:
        removed = 0
        for directory, _, names in os.walk(self.normalize(path)):
            for name in filter(LEFT_BEHIND.fullmatch, names):
                Path(directory, name).unlink(missing_ok=True)
                removed += 1
        return removed

    def diagnose(self, path: str) -> Iterable[Finding]:
        from corral_core.storage.room import findings

        return findings(self, self.normalize(path))

    def normalize(self, path: str) -> str:
        """Absolute, without ``file://``. Nothing is unquoted: ``%20`` is three characters of a name.

        :raises InputError: when the name is not UTF-8, as tasks' messages are.
        """
        if path.startswith("file://"):
            path = path.removeprefix("file://")
            path = path.removeprefix("localhost") if path.startswith("localhost/") else path
        whole = _whole(path)
        if not is_utf8(whole):
            raise InputError(f"the name {whole!r} is not UTF-8: rename it")
        return whole

    def scan(self, directory: str, pattern: str) -> Iterator[Entry]:
        """The names in a directory that match; none when there is no such directory."""
        try:
            entries = os.scandir(directory)
        except (FileNotFoundError, NotADirectoryError):
            return
        with entries:
            for entry in entries:
                if not wanted(entry.name, pattern):
                    continue
                if entry.is_dir():
                    yield Entry(entry.path, None)
                elif info := _entry_info(entry):
                    yield Entry(entry.path, info)

    def below(self, directory: str) -> Iterator[FileInfo]:
        """All files below a directory, hidden names left out, links to directories above not followed."""
        return self._walk(directory, ())

    def _walk(self, directory: str, above: tuple[tuple[int, int], ...]) -> Iterator[FileInfo]:
        found = _stat(directory)
        place = (found.st_dev, found.st_ino) if found else (0, 0)
        if found is None or place in above:
            return
        for entry in self.scan(directory, "*"):
            if entry.info is not None:
                yield entry.info
            else:
                yield from self._walk(entry.path, (*above, place))


def _whole(path: str) -> str:
    if ".." in path.split("/"):  # the directory above a link's is above where the link leads
        return os.path.realpath(path)
    return "/" + os.path.abspath(path).lstrip("/")  # noqa: PTH100  (Path.absolute keeps "." and "//")


def _stat(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _entry_info(entry: os.DirEntry[str]) -> FileInfo | None:
    try:
        return _info(entry.path, entry.stat())
    except FileNotFoundError:
        if entry.is_symlink():
            raise
        return None  # removed since the directory was read, which is as if it had been removed before


def _info(path: str, found: os.stat_result) -> FileInfo:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file: copy what it gives to one first", path)
    if not is_utf8(path):
        raise OSError(errno.EILSEQ, "the name is not UTF-8: rename it", path)
    return FileInfo(path, found.st_size, f"{found.st_mtime_ns:x}-{found.st_ino:x}")


def _path(info: FileInfo) -> str:
    return info.path
