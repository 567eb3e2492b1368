"""What a worker sends back when a task fails: whose fault it is, where, and the user's part of the traceback."""

from __future__ import annotations

import contextlib
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core import errors
from corral_core.tasks import Failed

if TYPE_CHECKING:
    from types import TracebackType

    from corral_core.engine.place import Place
    from corral_core.tasks import FailureKind, TaskId

__all__ = ["describe", "message_of"]

_HOME = str(Path(__file__).resolve().parent.parent) + os.sep
_IO = tuple(
    str(Path(_HOME, *parts))
    for parts in (
        ("storage",),
        ("formats",),
        ("engine", "runs"),
        ("engine", "fetch"),
        ("engine", "segment"),  # and segments
        ("engine", "output"),
        ("engine", "deadletters"),
    )
)
"""Corral's own files that touch storage: an error that comes out of them is not the user's."""

_TEST_KIT = str(Path(_HOME, "testing"))
"""Stands for what others write: a store that fails there fails as a plugin's does."""

_NOT_THEIRS = (_HOME, contextlib.__file__)
"""Whose frames tell a user nothing: corral's, and those of the standard library that stand between two of them."""


_KINDS: dict[type[BaseException], FailureKind] = {
    MemoryError: "memory",
    errors.TaskTimeout: "timeout",
    errors.SegmentError: "segment",
    errors.OutputTakenError: "taken",
    errors.BadRecordsError: "limit",
}


def describe(task: TaskId, error: BaseException, place: Place, works_in: str = "") -> Failed:
    """The failure, as the driver will tell it.

    :param works_in: where the task's files lie, for an error of the system's that names none.
    """
    kind = _kind(error)
    offset, preview = place.offset, place.preview
    if isinstance(error, errors.RecordError) and error.offset is not None:
        offset, preview = error.offset, repr(error.preview)
    elif isinstance(error, errors.OutputRecordError | errors.SegmentError):
        offset, preview = None, ""  # it names its record, or its file: what is in hand came before or after that
    elif kind == "system":
        preview = ""  # no record is at fault when storage fails
    return Failed(
        id=task,
        kind=kind,
        error=type(error).__name__,
        message=_placed(message_of(error), error, works_in) if kind == "system" else message_of(error),
        traceback=_traceback(error).encode("utf-8", "backslashreplace").decode(),
        file=place.file,
        offset=offset,
        preview=preview.encode("utf-8", "backslashreplace").decode(),
        segment=error.path if isinstance(error, errors.SegmentError) else None,
    )


def _placed(message: str, error: BaseException, works_in: str) -> str:
    # What fails as bytes are written or a file is closed, such as on a full disk, knows only its number.
    nameless = isinstance(error, OSError) and error.errno is not None and error.filename is None
    return f"{message}; it works in {works_in}" if nameless and works_in else message


def message_of(error: BaseException) -> str:
    """An exception's own words, as text that UTF-8 can hold."""
    try:
        return str(error).encode("utf-8", "backslashreplace").decode()
    except Exception as another:  # noqa: BLE001  (an exception of the user's whose __str__ has a fault of its own)
        return f"its message can't be told, since its __str__ raised {type(another).__name__}"


def _kind(error: BaseException) -> FailureKind:
    for cls, kind in _KINDS.items():
        if isinstance(error, cls):
            return kind
    if isinstance(error, errors.DataError):
        return "data"
    ours = [name for name in _files(error.__traceback__) if name.startswith(_HOME) and not name.startswith(_TEST_KIT)]
    return "system" if ours and ours[-1].startswith(_IO) else "user"


def _files(tb: TracebackType | None) -> list[str]:
    return [frame.f_code.co_filename for frame, _ in traceback.walk_tb(tb)]


def _traceback(error: BaseException) -> str:
    """The user's frames; where there are none, the frame that raised. Corral's own way there helps nobody, and nothing
    of it is told of an error whose message was written for users."""
    whole = traceback.TracebackException.from_exception(error)
    told: traceback.TracebackException | None = whole
    any_of_theirs = False
    while told is not None:
        theirs = [frame for frame in told.stack if not frame.filename.startswith(_NOT_THEIRS)]
        any_of_theirs = any_of_theirs or bool(theirs)
        told.stack[:] = theirs or told.stack[-1:]
        told = told.__cause__ or told.__context__
    return "".join(whole.format()) if any_of_theirs or not isinstance(error, errors.CorralError) else ""
