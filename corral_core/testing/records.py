"""Records that any format can be asked to hold."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from corral_core.formats.api import FormatOptions, Source

if TYPE_CHECKING:
    from corral_core.formats.api import InputFormat, OutputFormat

__all__ = ["PAIRS", "records", "sample"]

PAIRS: tuple[tuple[Any, Any], ...] = (("b", "1"), ("a", "x y"), ("a", ""), ("täglich", "日本"), ("", "no key"))
"""Keys and values of text."""


def sample(writer: type[OutputFormat]) -> bytes:
    """A small file of a format."""
    made = writer(FormatOptions())
    return made.encode(PAIRS) + made.close()


def records(reader: type[InputFormat], path: str, data: bytes) -> list[tuple[Any, Any]]:
    """What a format reads of a whole file."""
    source = Source(path, 0, len(data), len(data), lambda offset: io.BytesIO(data[offset:]))
    return [pair for batch in reader(FormatOptions()).read(source) for pair in batch.pairs()]
