"""Splits and bins: how input is cut for mappers. Pure functions of sizes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from corral_core.tasks import Split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.storage.api import FileInfo

__all__ = ["pack_bins", "split_file"]


def split_file(file: FileInfo, split_size: int, *, splittable: bool = True) -> list[Split]:
    """A file as contiguous splits of at most ``split_size`` bytes, as even as can be; an empty file is one split."""
    if not splittable or file.size <= split_size:
        return [Split(file.path, 0, file.size, file.size, file.version)]
    count = -(-file.size // split_size)
    edges = [file.size * i // count for i in range(count + 1)]
    return [Split(file.path, start, end, file.size, file.version) for start, end in pairwise(edges)]


def pack_bins(splits: Iterable[Split], bin_size: int) -> list[tuple[Split, ...]]:
    """Splits in order, packed into bins of at most ``bin_size`` bytes by next fit; a larger split has its own bin."""
    bins: list[list[Split]] = []
    room = -1
    for split in splits:
        if not bins or split.length > room:
            bins.append([])
            room = bin_size
        bins[-1].append(split)
        room -= split.length
    return [tuple(splits) for splits in bins]
