"""Whether two answers are the same, in whatever order and in however many files their lines stand."""

from __future__ import annotations

from itertools import zip_longest
from math import isclose
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["exactly", "nearly"]

TOLERANCE = 1e-4
"""Of numbers that are sums of floats, added up in another order, and rounded for show."""


def exactly(left: Path, right: Path) -> bool:
    """Whether both have the same lines, each as many times. They are told apart by the sums of 64-bit hashes, so that
    a gigabyte of lines needs no memory."""
    return _digest(left) == _digest(right)


def nearly(left: Path, right: Path) -> bool:
    """The same, but for numbers that differ by no more than rounding does."""
    pairs = zip_longest(sorted(_lines(left)), sorted(_lines(right)), fillvalue=b"")
    return all(_alike(one, other) for one, other in pairs)


def _lines(answer: Path) -> Iterator[bytes]:
    for part in sorted(answer.glob("[!._]*")) if answer.is_dir() else [answer]:
        with part.open("rb") as lines:
            yield from lines


def _digest(answer: Path) -> tuple[int, int]:
    count = total = 0
    for line in _lines(answer):
        count += 1
        total += hash(line)  # salted, but alike within this process
    return count, total


def _alike(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    fields = [line.decode().translate(_SEPARATORS).split() for line in (one, other)]
    return len(fields[0]) == len(fields[1]) and all(map(_same_field, *fields))


_SEPARATORS = str.maketrans(dict.fromkeys("[],", " "))


def _same_field(one: str, other: str) -> bool:
    try:
        return one == other or isclose(float(one), float(other), rel_tol=TOLERANCE)
    except ValueError:
        return False
