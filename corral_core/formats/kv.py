"""``kv``: lines of ``KEY<TAB>VALUE``, such as ``text`` output writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.formats.api import Batch
from corral_core.formats.lines import LineInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["KeyValueInput"]


class KeyValueInput(LineInput):
    """Lines, split at the first tab. A line without one is a key with the value ``""``."""

    name: ClassVar[str] = "kv"

    def batches(self, lines: list[Any], offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:  # noqa: ARG002  (no line is a bad one)
        tab = "\t" if isinstance(lines[0], str) else b"\t"
        keys, _, values = zip(*[line.partition(tab) for line in lines], strict=True)
        yield Batch(values, offset_of, keys)
