"""What goes wrong in a store, in the words of the Storage contract."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from corral_core.errors import CorralError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.storage.api import ByteRange

__all__ = ["os_errors", "ranges_checked", "said_otherwise"]

_BY_TYPE = {FileNotFoundError: errno.ENOENT, FileExistsError: errno.EEXIST, PermissionError: errno.EACCES}
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@contextmanager
def os_errors(path: str) -> Iterator[None]:
    """Raise whatever is raised inside as an ``OSError`` that names the path.

    fsspec turns a store's answers into the ``OSError`` family, mostly without the path; what a store's SDK raises
    before it asks, such as for missing credentials, comes through as it is.
    """
    try:
        yield
    except CorralError:
        raise
    except OSError as error:
        if cause := said_otherwise(error):
            raise OSError(errno.EIO, f"the store can't be reached: {cause}", path) from error
        number = _BY_TYPE.get(type(error))
        if number is None or error.filename:
            raise
        raise type(error)(number, os.strerror(number), path) from error
    except Exception as error:
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}", path) from error


def said_otherwise(error: OSError) -> BaseException | None:
    """What the server said, or that nothing was heard of it, where fsspec makes a missing file of all that goes wrong,
    as for HTTP."""
    cause = error.__cause__
    status = getattr(cause, "status", None)
    if not isinstance(error, FileNotFoundError) or isinstance(cause, FileNotFoundError) or status in _GONE:
        return None
    return cause if status is not None or isinstance(cause, OSError) else None


def ranges_checked(ranges: Sequence[ByteRange], got: Sequence[Any]) -> Iterator[bytes]:
    """What ``cat_ranges`` answered, an exception raised where its range stands."""
    for part, answer in zip(ranges, got, strict=True):
        if not part.length or _beyond(answer):
            yield b""
            continue
        with os_errors(part.path):
            if isinstance(answer, BaseException):
                raise answer
        yield answer


def _beyond(answer: Any) -> bool:
    # HTTP 416, which S3 and GCS give for a range that begins at or after the end of the file.
    return isinstance(answer, OSError) and "range" in str(answer).lower() and "satisf" in str(answer).lower()
