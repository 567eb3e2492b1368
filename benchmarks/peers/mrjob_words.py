"""Word count with mrjob and a combiner. Run it with ``python mrjob_words.py -r local TEXT --output-dir ANSWER``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrjob.job import MRJob
from mrjob.protocol import TextProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class WordCount(MRJob):  # type: ignore[misc]  # mrjob brings no types
    """As in mrjob's own documents, with the output as lines of text."""

    OUTPUT_PROTOCOL = TextProtocol

    def mapper(self, _: None, line: str) -> Iterator[tuple[str, int]]:
        for word in line.split():
            yield word, 1

    def combiner(self, word: str, counts: Iterator[int]) -> Iterator[tuple[str, int]]:
        yield word, sum(counts)

    def reducer(self, word: str, counts: Iterator[int]) -> Iterator[tuple[str, str]]:
        yield word, str(sum(counts))


if __name__ == "__main__":
    WordCount.run()
