"""A run's attempts while it runs: numbers in arrays, 130 bytes for each, since there may be a hundred thousand."""

from __future__ import annotations

from array import array
from math import isnan
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from corral_core.report.api import Attempts, Outcome
from corral_core.tasks import Done, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.tasks import Reply, Split, Stats, TaskId

__all__ = ["OUTCOMES", "PHASES", "AttemptLog"]

PHASES: tuple[Phase, ...] = get_args(Phase)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_PHASE = {phase: number for number, phase in enumerate(PHASES)}
_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_WORDS: dict[str, tuple[Any, ...]] = {"phase": PHASES, "outcome": OUTCOMES, "backup": (False, True)}
"""Columns that hold an index into these."""
_TIMES = ("began", "ended", "seconds")
_FIGURES = ("records_in", "bytes_in", "records_out", "bytes_out", "peak_memory", "requests", "bad_records")
_WIDE = (*_FIGURES, "start", "end")
_FILES = ("file", "last_file")
_DIGITS = 4
"""Of a second: a tenth of a millisecond."""

_NO_FIGURES = (0.0, 0, 0, 0, 0, 0, 0, 0, 0)
_NO_SPLITS = (-1, 0, -1, 0, 0)
_UNKNOWN = float("nan")

_encode = msgspec.json.Encoder().encode


class AttemptLog:
    """Attempts that are over, in columns."""

    def __init__(self) -> None:
        self._columns = {name: array(_code(name)) for name in Attempts.__struct_fields__}
        self._all: tuple[array[Any], ...] = tuple(self._columns.values())
        self._appends = tuple(column.append for column in self._all)
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._all[0])

    @property
    def files(self) -> list[str]:
        """Those that attempts name by their index."""
        return list(self._files)

    def add(
        self,
        task: TaskId,
        outcome: Outcome,
        reply: Reply | None,
        times: tuple[float, float] = (_UNKNOWN, _UNKNOWN),
        *,
        backup: bool = False,
        splits: Sequence[Split] = (),
    ) -> int:
        """One more; answers its row.

        :param times: when it began and ended, in seconds since its session did.
        """
        row = (
            task.session,
            task.stage,
            _PHASE[task.phase],
            task.index,
            task.attempt,
            backup,
            _OUTCOME[outcome],
            *times,
            *(_figures(reply.stats) if isinstance(reply, Done) else _NO_FIGURES),
            *(self._reads(splits) if splits else _NO_SPLITS),
        )
        for append, value in zip(self._appends, row, strict=True):
            append(value)
        return len(self) - 1

    def recall(self, attempts: Attempts, files: Sequence[str]) -> None:
        """Those of earlier sessions, whose files have these names."""
        numbers = {-1: -1} | {at: self._files.setdefault(name, len(self._files)) for at, name in enumerate(files)}
        for name, column in self._columns.items():
            values = getattr(attempts, name)
            if name in _WORDS:
                values = map(_WORDS[name].index, values)
            elif name in _FILES:
                values = map(numbers.__getitem__, values)
            elif name in _TIMES:
                values = (_UNKNOWN if value is None else value for value in values)
            column.extend(values)

    def encoded(self) -> Iterator[bytes]:
        """An :class:`~corral_core.report.api.Attempts` as JSON, one column after another to spare memory."""
        before = b"{"
        for name in self._columns:
            yield b'%b"%b":%b' % (before, name.encode(), _encode(self._values(name)))
            before = b","
        yield b"}"

    def _values(self, name: str) -> list[Any]:
        column = self._columns[name]
        if name in _WORDS:
            return [_WORDS[name][number] for number in column]
        if name in _TIMES:
            return [None if isnan(value) else round(value, _DIGITS) for value in column]
        return column.tolist()

    def _reads(self, splits: Sequence[Split]) -> tuple[int, int, int, int, int]:
        first, last, files = splits[0], splits[-1], self._files
        at = files.setdefault(first.path, len(files))
        return at, first.start, files.setdefault(last.path, len(files)), last.end, len(splits)


def _code(name: str) -> str:
    """The type of a column's array: of eight bytes, four, or one."""
    if name in _TIMES:
        return "d"
    if name in _WIDE:
        return "q"
    return "b" if name in _WORDS else "i"


def _figures(stats: Stats) -> tuple[float, ...]:
    return (
        stats.seconds,
        stats.records_in,
        stats.bytes_in,
        stats.records_out,
        stats.bytes_out,
        stats.spills,
        stats.peak_memory,
        sum(stats.requests.values()) if stats.requests else 0,
        stats.bad_records,
    )
