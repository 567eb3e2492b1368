"""Word count as one writes it by hand for a few cores. Run it with ``python handwritten.py TEXT ANSWER PROCESSES``."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path


def count(path: str, start: int, end: int) -> dict[str, int]:
    """The words of the lines that begin in ``[start, end)``."""
    counts: dict[str, int] = {}
    with Path(path).open("rb") as text:
        if start:
            text.seek(start - 1)
            text.readline()
        at = text.tell()
        for line in text:
            if at >= end:
                break
            at += len(line)
            for word in line.decode().split():
                counts[word] = counts.get(word, 0) + 1
    return counts


def main(path: str, answer: str, processes: str) -> None:
    """Cut the file in equal parts, count each in a process, add up."""
    size, parts = Path(path).stat().st_size, int(processes)
    edges = [size * i // parts for i in range(parts + 1)]
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(parts) as pool:
        for counts in pool.map(count, [path] * parts, *zip(*pairwise(edges), strict=True)):
            total.update(counts)
    with Path(answer).open("w", encoding="utf-8") as out:
        out.writelines(f"{word}\t{n}\n" for word, n in total.items())


if __name__ == "__main__":
    main(*sys.argv[1:])
