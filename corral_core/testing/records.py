"""Records that any format can be asked to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.formats.api import FormatOptions

if TYPE_CHECKING:
    from corral_core.formats.api import OutputFormat

__all__ = ["PAIRS", "sample"]

PAIRS: tuple[tuple[Any, Any], ...] = (("b", "1"), ("a", "x y"), ("a", ""), ("täglich", "日本"), ("", "no key"))
"""Keys and values of text."""


def sample(writer: type[OutputFormat]) -> bytes:
    """A small file of a format."""
    made = writer(FormatOptions())
    return made.encode(PAIRS) + made.close()
