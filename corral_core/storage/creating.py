"""How a local file comes into being whole.

::

    Linux       a file without a name (O_TMPFILE) ──► written ──► linked to its name
    elsewhere   .NAME.HEX.tmp beside the target   ──► written ──► renamed, or linked if it must be new

A writer that is killed leaves nothing of a file without a name. Of the other kind its temporary file stays, under a
name that :data:`LEFT_BEHIND` matches.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["LEFT_BEHIND", "creating", "taken"]

LEFT_BEHIND = re.compile(r"\..{1,50}\.[0-9a-f]{16}\.tmp", re.DOTALL)
"""The name of a temporary file."""

_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK}
"""How file systems without hard links refuse one."""

_UNNAMED = getattr(os, "O_TMPFILE", 0) if Path("/proc/self/fd").is_dir() else 0
"""Linux's flag, where what it makes can be given a name."""


def creating(target: Path, *, exclusive: bool) -> AbstractContextManager[BinaryIO]:
    """A file that takes its name when the block ends well.

    :raises FileExistsError: when it is exclusive and the name is taken.
    """
    stream = _unnamed(target.parent)
    if stream is None:
        return _named(target, exclusive=exclusive)
    return _published(stream, target, exclusive=exclusive)


def _unnamed(directory: Path) -> BinaryIO | None:
    """A new file without a name, on the file system of this directory; None where there is no such thing."""
    if not _UNNAMED:
        return None
    try:
        descriptor = os.open(directory, _UNNAMED | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError as error:
        # Kernels and file systems that don't know the flag take it for writing to a directory (open(2)).
        if error.errno in {errno.EISDIR, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}:
            return None
        raise
    return os.fdopen(descriptor, "w+b")


@contextmanager
def _published(stream: BinaryIO, target: Path, *, exclusive: bool) -> Iterator[BinaryIO]:
    """Give a file without a name its own when the block ends well."""
    with stream:
        yield stream
        stream.flush()
        try:
            _link(stream, target)
        except FileExistsError:
            if exclusive:
                raise taken(target) from None
            # Nothing replaces a file in one step but a rename, which needs a name to begin with.
            temporary = _temporary(target)
            _link(stream, temporary)
            temporary.replace(target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            stream.seek(0)
            with _named(target, exclusive=exclusive) as copy:
                shutil.copyfileobj(stream, copy)


@contextmanager
def _named(target: Path, *, exclusive: bool) -> Iterator[BinaryIO]:
    """A temporary file beside the target that takes its name when the block ends well."""
    temporary = _temporary(target)
    try:
        with temporary.open("xb") as stream:
            yield stream
        if exclusive:
            _take(temporary, target)
        else:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def taken(target: Path) -> FileExistsError:
    """The error of a name that must be free and is not."""
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _link(stream: BinaryIO, name: Path) -> None:
    descriptor = stream.fileno()
    # A descriptor of a directory, which an absolute path makes no use of, has Python call linkat, and that follows.
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)


def _temporary(target: Path) -> Path:
    # 50 characters are at most 200 bytes: the whole stays below the 255 that file systems allow.
    return target.with_name(f".{target.name[:50]}.{secrets.token_hex(8)}.tmp")


def _take(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise taken(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without links the name is taken first, so for an instant a reader may find the file empty.
        target.touch(exist_ok=False)
        temporary.replace(target)
