"""Rows of text in columns, as listings show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["table_lines"]


def table_lines(rows: Sequence[Sequence[str]], *, figures: bool = False) -> Iterator[str]:
    """A line for each row; a column is as wide as its widest cell.

    :param figures: all columns but the first hold figures, which end below one another.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    forms = [f"{'>' if figures and at else '<'}{width}" for at, width in enumerate(widths)]
    for row in rows:
        yield "  ".join(map(format, row, forms)).rstrip()
