"""Word count five times over: what each form of the same job costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Job, Sum, batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core import Emitter


class WordCount:
    """As most people would write it first."""

    def map(self, _key: str, line: str, emitter: Emitter) -> None:
        emit = emitter.emit
        for word in line.split():
            emit(word, 1)

    def reduce(self, word: str, counts: Iterator[int], emitter: Emitter) -> None:
        emitter.emit(word, sum(counts))


@batch
def each_word(records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    """A whole split's lines in one call, and a pair for each word."""
    for _, line in records:
        for word in line.split():
            yield word, 1


@batch
def counted(records: Iterable[tuple[str, str]]) -> Iterable[tuple[str, int]]:
    """A whole split's lines in one call, so the counts stay in a local dict until the split ends."""
    counts: dict[str, int] = {}
    for _, line in records:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
    return counts.items()


plain = Job(WordCount(), WordCount())
combined = Job(WordCount(), WordCount(), combiner=WordCount())
folded = Job(WordCount(), Sum())
paired = Job(each_word, Sum())
batched = Job(counted, Sum())
