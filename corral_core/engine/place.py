"""Where a task is in its input, so that an error can say which record it had in hand.

Kept for nothing while all goes well: the task loops over plain lists, and a list's iterator knows how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.formats.api import Batch

__all__ = ["PREVIEW", "Place"]

PREVIEW = 80
"""Characters of a record or key that an error shows."""

_NONE = object()


class Place:
    """The record or the key in hand."""

    def __init__(self) -> None:
        self.file: str | None = None
        self._batch: Batch | None = None
        self._values: Any = None
        self.key: Any = _NONE

    def enter(self, batch: Batch) -> Iterator[Any]:
        """An iterator over the batch's values; while it runs, the place is the value it gave last."""
        self._batch = batch
        self._values = iter(batch.values)
        return self._values  # type: ignore[no-any-return]  # Any for __length_hint__

    def leave(self) -> None:
        """Neither a record nor a key is in hand."""
        self._batch, self.key = None, _NONE

    def forget(self) -> None:
        """What goes wrong now says itself where."""
        self.leave()
        self.file = None

    def blame(self, key: Any) -> None:
        """This key is at fault, whatever record may be in hand: it was emitted some time ago."""
        self._batch, self.file, self.key = None, None, key

    @property
    def offset(self) -> int | None:
        """Where the record in hand begins in its file, in bytes."""
        index = self._index()
        return None if index is None or self._batch is None else self._batch.offset_of(index)

    @property
    def preview(self) -> str:
        """The first characters of the record or key in hand, as Python writes them."""
        index = self._index()
        if index is not None and self._batch is not None:
            value = self._batch.values[index]
            return _shown(value[:PREVIEW] if isinstance(value, str | bytes) else value)
        return "" if self.key is _NONE else _shown(self.key)

    def raw(self, key: Any, value: Any) -> bytes:
        """The bytes of the record in hand as they stand in its file; where it has none, what Python writes for it."""
        offset = self.offset
        if self._batch is None or offset is None:
            return _written((key, value)).encode("utf-8", "backslashreplace")
        if self._batch.raw_at is not None:
            return self._batch.raw_at(offset)
        if isinstance(value, bytes):
            return value
        return (value if isinstance(value, str) else _written((key, value))).encode("utf-8", "backslashreplace")

    def _index(self) -> int | None:
        if self._batch is None:
            return None
        left: int = self._values.__length_hint__()
        return max(0, len(self._batch.values) - left - 1)


def _shown(value: Any) -> str:
    return _written(value)[: PREVIEW + 10]


def _written(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  (a preview must not hide the error: an int of too many digits, a user's __repr__)
        return f"a {type(value).__qualname__}"
