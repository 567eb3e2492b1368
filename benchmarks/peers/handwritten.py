"""What one writes by hand for a few cores: the yardstick. Run it with ``python handwritten.py WORK INPUT ANSWER``."""

from __future__ import annotations

import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from io import BufferedReader

    Work = Callable[[Iterator[bytes]], Mapping[str, float]]

PROCESSES = 2


def count_words(lines: Iterator[bytes]) -> dict[str, int]:
    """A dict, line by line."""
    counts: dict[str, int] = {}
    for line in lines:
        for word in line.decode().split():
            counts[word] = counts.get(word, 0) + 1
    return counts


def add_revenue(lines: Iterator[bytes]) -> dict[str, float]:
    """AMPLab's second query, as plainly."""
    sums: dict[str, float] = {}
    for line in lines:
        fields = line.decode().split(",")
        prefix = fields[0][:8]
        sums[prefix] = sums.get(prefix, 0.0) + float(fields[3])
    return sums


def one_key(lines: Iterator[bytes]) -> dict[str, int]:
    """How many lines and characters there are, counted as if it mattered under which key."""
    count = size = 0
    for line in lines:
        count += 1
        size += len(line.decode().rstrip("\n"))
    return {"count": count, "size": size}


def lines_of(path: str, start: int, end: int) -> Iterator[bytes]:
    """The lines that begin in ``[start, end)``."""
    with Path(path).open("rb") as text:
        at = _skip(text, start)
        for line in text:
            if at >= end:
                break
            at += len(line)
            yield line


def _skip(text: BufferedReader, start: int) -> int:
    if start:
        text.seek(start - 1)
        text.readline()
    return text.tell()


def work(function: Work, path: str, start: int, end: int) -> Mapping[str, float]:
    """One process's part."""
    return function(lines_of(path, start, end))


def in_parts(function: Work, path: str) -> Mapping[str, float]:
    """Cut the file in equal parts, do each in a process, add up."""
    size = Path(path).stat().st_size
    edges = [size * i // PROCESSES for i in range(PROCESSES + 1)]
    total: defaultdict[str, float] = defaultdict(int)
    with ProcessPoolExecutor(PROCESSES) as pool:
        for part in pool.map(work, [function] * PROCESSES, [path] * PROCESSES, edges[:-1], edges[1:]):
            for key, value in part.items():
                total[key] += value
    return total


def answer(kind: str, path: str) -> Iterable[str]:
    """The lines of an answer."""
    if kind == "sort":
        return sorted(Path(path).read_text().splitlines(keepends=True))
    if kind == "hot":
        total = in_parts(one_key, path)
        return [f"all\t{total['count']} {total['size']}\n"]
    function: Work = count_words if kind == "words" else add_revenue
    return (f"{key}\t{value}\n" for key, value in in_parts(function, path).items())


if __name__ == "__main__":
    with Path(sys.argv[3]).open("w", encoding="utf-8") as out:
        out.writelines(answer(*sys.argv[1:3]))
