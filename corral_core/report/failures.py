"""Why attempts failed: the first and the last ones, since a place that is down can fail a hundred thousand."""

from __future__ import annotations

import re
import traceback
from collections import deque
from typing import TYPE_CHECKING

from corral_core.errors import CorralError, TaskFailedError
from corral_core.report.api import Ending, Failure
from corral_core.tasks import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.events import TaskFinished

__all__ = ["FailureLog", "clean", "ending_of"]

KEPT = 100
"""Failures from the beginning, and as many from the end."""
MESSAGE, TRACEBACK = 2_000, 8_000
"""Characters that are kept: of a message its beginning, of a traceback its end."""

_USER_IN_URL = re.compile(r"(?<=://)[^/@\s'\"]+@")
_QUERY_OF_URL = re.compile(r"(?<=://)([^?\s'\"]+\?)[^\s'\"]+")


class FailureLog:
    """Failures as they come.

    :param kept: by default :data:`KEPT`.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._first: list[Failure] = []
        self._last: deque[Failure] = deque(maxlen=kept)
        self._count = 0

    def add(self, row: int, event: TaskFinished) -> None:
        """The attempt in this row failed."""
        self._keep(_failure(row, event))

    def recall(self, failures: Iterable[Failure], left_out: int) -> None:
        """Those of earlier sessions."""
        for failure in failures:
            self._keep(failure)
        self._count += left_out

    @property
    def kept(self) -> list[Failure]:
        """In their order."""
        return [*self._first, *self._last]

    @property
    def left_out(self) -> int:
        """How many more there were."""
        return self._count - len(self._first) - len(self._last)

    def _keep(self, failure: Failure) -> None:
        self._count += 1
        (self._first if len(self._first) < self._kept else self._last).append(failure)


def clean(text: str) -> str:
    """A text without what an address may hold of credentials: ``user:password@``, and the query of a signed one."""
    return _QUERY_OF_URL.sub(r"\1...", _USER_IN_URL.sub("...@", text)) if "://" in text else text


def ending_of(error: BaseException) -> Ending:
    """What ended a run. A bug's traceback is the driver's, a task's is its worker's; other errors have none."""
    told = ""
    if isinstance(error, TaskFailedError):
        told = error.report.traceback if error.report is not None else ""
    elif isinstance(error, Exception) and not isinstance(error, CorralError):
        told = "".join(traceback.format_exception(error))
    return Ending(type(error).__name__, clean(str(error))[:MESSAGE], clean(told)[-TRACEBACK:])


def _failure(row: int, event: TaskFinished) -> Failure:
    if isinstance(event.reply, Failed):
        told = event.reply
        return Failure(
            row,
            told.kind,
            told.error,
            clean(told.message)[:MESSAGE],
            clean(told.traceback)[-TRACEBACK:],
            told.file and clean(told.file),
            told.offset,
            told.preview,
        )
    error = (event.error and event.error.__cause__) or event.error
    return Failure(row, "place", type(error).__name__, clean(str(error))[:MESSAGE])
