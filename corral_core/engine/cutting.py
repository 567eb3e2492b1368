"""Cuts a map task in two when it took too long or too much memory: between its splits, then in the middle of its last
one, then between that one's records. A single record that is still too much is what can't be done.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.tasks import Split

    Splits = tuple[Split, ...]

__all__ = ["cut"]

LOOK = 2**20
"""Bytes of a split that the driver reads to find where its records begin; a larger one is cut unseen."""


def cut(
    splits: Splits, can_split: Callable[[str], bool], offsets: Callable[[Split], Sequence[int]]
) -> tuple[Splits, Splits] | None:
    """Two parts of about the same size that hold, in order, the same records; None when there is no way to cut.

    :param can_split: whether a file, by its path, can be read from the middle.
    :param offsets: where the records of a split begin.
    """
    if len(splits) > 1:
        at = _middle([split.length for split in splits])
        return splits[:at], splits[at:]
    if not splits or not can_split(splits[0].path):
        return None
    (split,) = splits
    if split.length > LOOK:
        return _at(split, split.start + split.length // 2)
    begin = offsets(split)
    if len(begin) <= 1:
        return None
    ends = [*begin[1:], split.end]
    return _at(split, begin[_middle([end - start for start, end in zip(begin, ends, strict=True)])])


def _middle(sizes: Sequence[int]) -> int:
    """How many of the sizes make the first part, at least one and not all, so that both come out most alike."""
    total = sum(sizes)
    sums = list(accumulate(sizes[:-1]))
    return min(range(len(sums)), key=lambda index: abs(2 * sums[index] - total)) + 1


def _at(split: Split, offset: int) -> tuple[Splits, Splits]:
    return (msgspec.structs.replace(split, end=offset),), (msgspec.structs.replace(split, start=offset),)
