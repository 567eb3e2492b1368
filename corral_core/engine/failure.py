"""What a worker sends back when a task fails: whose fault it is, where, and the user's part of the traceback."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corral_core import errors
from corral_core.tasks import Failed

if TYPE_CHECKING:
    from types import TracebackType

    from corral_core.engine.place import Place
    from corral_core.tasks import TaskId

__all__ = ["describe"]

_HOME = str(Path(__file__).resolve().parent.parent)
_IO = tuple(
    str(Path(_HOME, *parts))
    for parts in (("storage",), ("formats",), ("engine", "runs"), ("engine", "fetch"), ("engine", "output"))
)
"""Corral's own files that touch storage: an error that comes out of them is not the user's."""

Kind = Literal["user", "data", "memory", "system"]


def describe(task: TaskId, error: BaseException, place: Place) -> Failed:
    """The failure, as the driver will tell it."""
    kind = _kind(error)
    offset, preview = place.offset, place.preview
    if isinstance(error, errors.RecordError) and error.offset is not None:
        offset, preview = error.offset, repr(error.preview)
    return Failed(
        id=task,
        kind=kind,
        error=type(error).__name__,
        message=str(error).encode("utf-8", "backslashreplace").decode(),
        traceback=_traceback(error).encode("utf-8", "backslashreplace").decode(),
        file=place.file,
        offset=offset,
        preview=preview.encode("utf-8", "backslashreplace").decode(),
    )


def _kind(error: BaseException) -> Kind:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, errors.DataError):
        return "data"
    ours = [name for name in _files(error.__traceback__) if name.startswith(_HOME)]
    return "system" if ours and ours[-1].startswith(_IO) else "user"


def _files(tb: TracebackType | None) -> list[str]:
    return [frame.f_code.co_filename for frame, _ in traceback.walk_tb(tb)]


def _traceback(error: BaseException) -> str:
    """From the first frame of the user's on; all of it when there is none."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_HOME):
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, tb or error.__traceback__))
