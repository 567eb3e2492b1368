"""Reads what the stage before wrote: typed records, as :class:`~corral_core.engine.output.TypedOutput` left them."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from corral_core.engine.segment import read_blocks
from corral_core.formats.api import Batch, FormatOptions, InputFormat, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["StageInput"]


class StageInput(InputFormat):
    """Records of the stage before, whole files only."""

    name = "corral-stage"
    splittable = False

    def __init__(self, options: FormatOptions, *, any_type: bool = False) -> None:
        super().__init__(options)
        self._any_type = any_type

    def read(self, source: Source) -> Iterator[Batch]:
        with source.open(0) as stream:
            blocks = read_blocks(lambda _, size: stream.read(size), source.size, source.path, any_type=self._any_type)
            for block in blocks:
                keys = block.keys
                if block.counts is not None:
                    keys = list(chain.from_iterable(map(repeat, block.keys, block.counts)))
                yield Batch(block.values, lambda _: None, keys)
