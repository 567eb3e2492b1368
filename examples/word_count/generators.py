"""Count words: plain generator functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Driver, Job

if TYPE_CHECKING:
    from collections.abc import Iterator


def words(key: str, line: str) -> Iterator[tuple[str, int]]:
    for word in line.split():
        yield word, 1


def total(word: str, counts: Iterator[int]) -> Iterator[tuple[str, int]]:
    yield word, sum(counts)


job = Job(words, total, combiner=total)

if __name__ == "__main__":
    Driver(job).main()
