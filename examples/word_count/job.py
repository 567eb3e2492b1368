"""Count words: methods with an emitter.

Run it with:

    corral examples/word_count/job.py TEXT... --out result/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Driver, Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core import Emitter


class WordCount:
    def map(self, key: str, value: str, emitter: Emitter) -> None:
        for word in value.split():
            emitter.emit(word, 1)

    def reduce(self, key: str, values: Iterator[int], emitter: Emitter) -> None:
        emitter.emit(key, sum(values))


# A sum of sums is a sum, so the reducer serves as the combiner too: far less then travels through the shuffle.
job = Job(WordCount(), WordCount(), combiner=WordCount())

if __name__ == "__main__":
    Driver(job).main()
