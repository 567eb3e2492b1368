"""Word count with a Dask bag on two processes. Run it with ``python dask_bag.py TEXT ANSWER``."""

from __future__ import annotations

import sys
from pathlib import Path

import dask.bag

PROCESSES = 2
PARTS = 8 * PROCESSES
"""Measured to be the fastest of 2, 4, 8, 16, 32 and 64, on two cores and 100 MB of text."""


def main(path: str, answer: str) -> None:
    """Read, split, count, write."""
    blocks = Path(path).stat().st_size // PARTS + 1
    words = dask.bag.read_text(path, blocksize=blocks).map(str.split).flatten()
    counts = words.frequencies().compute(scheduler="processes", num_workers=PROCESSES)
    with Path(answer).open("w", encoding="utf-8") as out:
        out.writelines(f"{word}\t{count}\n" for word, count in counts)


if __name__ == "__main__":
    main(*sys.argv[1:])
