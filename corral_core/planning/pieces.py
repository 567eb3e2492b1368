"""Which parts of the input make a sample. Pure functions of sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.tasks import Split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from corral_core.storage.api import FileInfo

__all__ = ["pieces"]

MOST = 8
"""Places to look at, so that a sample sees more than the beginning of the input."""
LEAST = 2**20
"""Bytes from one place: below that, what is measured is how a file is opened."""


def pieces(files: Sequence[FileInfo], wanted: int, splittable: Callable[[str], bool]) -> tuple[Split, ...]:
    """About ``wanted`` bytes, from places spread evenly over the input. A file that can't be read from the middle is
    taken whole, so there may be more; no byte is taken twice.

    :param splittable: whether a file, by its path, can be read from the middle.
    """
    total = sum(file.size for file in files)
    wanted = min(wanted, total)
    count = max(1, min(MOST, wanted // LEAST))
    found: dict[int, Split] = {}  # by where each begins in all of the input
    for number in range(count):
        begin, end = total * number // count, total * number // count + wanted // count
        found.update(_between(files, begin, end, splittable))
    return tuple(found.values())


def _between(
    files: Sequence[FileInfo], begin: int, end: int, splittable: Callable[[str], bool]
) -> Iterator[tuple[int, Split]]:
    """What lies between two bytes of the whole input, each split with where it begins there."""
    at = 0
    for file in files:
        start, stop = max(begin - at, 0), min(end - at, file.size)
        if start < stop:
            if not splittable(file.path):
                start, stop = 0, file.size
            yield at + start, Split(file.path, start, stop, file.size, file.version)
        at += file.size
