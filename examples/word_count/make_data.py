"""Write text whose words are as unevenly frequent as a language's: python make_data.py FILE [BYTES]

The same BYTES give the same file on every machine. Word frequencies follow Zipf's law (G. K. Zipf, "Human Behavior and
the Principle of Least Effort", 1949) with the exponent 1.05, over words of two to eleven letters.
"""

from __future__ import annotations

import random
import sys
from itertools import accumulate
from pathlib import Path
from typing import TextIO

LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
LINE = 10  # words
BLOCK = 10_000  # words drawn at once


def vocabulary(rng: random.Random, size: int) -> list[str]:
    weights = list(accumulate(1 / (i + 2) for i in range(len(LETTERS))))
    words: dict[str, None] = {}
    while len(words) < size:
        words.setdefault("".join(rng.choices(LETTERS, cum_weights=weights, k=rng.randint(2, 11))))
    return list(words)


def write(out: TextIO, size: int) -> None:
    """About ``size`` bytes of text; the vocabulary grows with it, up to 200,000 words."""
    rng = random.Random(7)
    words = vocabulary(rng, min(200_000, max(200, size // 50)))
    weights = list(accumulate((i + 1) ** -1.05 for i in range(len(words))))
    written = 0
    while written < size:
        drawn = rng.choices(words, cum_weights=weights, k=min(BLOCK, 1 + (size - written) // 8))
        text = "".join(" ".join(drawn[i : i + LINE]) + "\n" for i in range(0, len(drawn), LINE))
        written += out.write(text)


def main(path: str, size: str = "50000") -> None:
    with Path(path).open("w", encoding="ascii", newline="\n") as out:
        write(out, int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
