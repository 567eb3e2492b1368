"""The inputs: the same size gives the same bytes on every machine. Made once, and kept in a directory."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MB", "Inputs"]

MB = 10**6
TEXT_MAKER = Path(__file__).parents[1] / "examples" / "word_count" / "make_data.py"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1",
    "Mozilla/5.0 (Windows NT 10.0; rv:130.0)",
    "Opera/12.1",
)
RECORD = 100
"""Bytes of a record, its line's end included."""
SMALL = 1000
"""Bytes of a small file, at least; the line that passes it is its last."""
DRAWN = 10_000
"""Lines made at a time."""


class Inputs:
    """The inputs of one directory.

    :param directory: where they are kept from run to run.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def text(self, size: int) -> Path:
        """Lines of ten words, as unevenly frequent as a language's: Zipf's law with the exponent 1.05, and 200,000
        words where there is room for them."""
        command = [sys.executable, str(TEXT_MAKER)]
        return self._once(f"text-{size}.txt", lambda path: _run([*command, str(path), str(size)]))

    def rankings(self, size: int) -> Path:
        """AMPLab's table of pages, for ``size`` bytes of visits."""
        return self._once(f"rankings-{size}.csv", lambda path: _write(path, _rankings(_urls(size))))

    def visits(self, size: int) -> Path:
        """About ``size`` bytes of AMPLab's table of visits."""
        return self._once(f"uservisits-{size}.csv", lambda path: _write(path, _visits(_urls(size)), size))

    def records(self, size: int) -> Path:
        """Lines of a hundred bytes, no two of them alike, in no order."""
        return self._once(f"records-{size}.txt", lambda path: _write(path, _records(), size))

    def measured(self, size: int) -> Path:
        """What there is to say of :meth:`records` as the values of one key: how many, and how many characters."""
        records = self.records(size)
        count = records.stat().st_size // RECORD
        text = f"all\t{count} {count * (RECORD - 1)}\n"
        return self._once(f"measured-{size}.txt", lambda path: _write(path, [text]))

    def small_files(self, count: int) -> Path:
        """A directory of so many files of text, of about a kilobyte each."""
        text = self.text(count * SMALL * 11 // 10)
        return self._once(f"small-{count}", lambda path: _cut(text, path, count))

    def joined(self, count: int) -> Path:
        """The bytes of :meth:`small_files` in one file."""
        parts = sorted(self.small_files(count).iterdir())
        return self._once(f"joined-{count}.txt", lambda path: _write(path, (part.read_text() for part in parts)))

    def line(self) -> Path:
        """One short line: what is left to measure is starting and ending."""
        return self._once("line.txt", lambda path: _write(path, ["one line of text\n"]))

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self._directory / name
        if not path.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            unfinished = self._directory / f"{name}.{os.getpid()}"
            make(unfinished)
            unfinished.rename(path)
        return path


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def _write(path: Path, texts: Iterator[str] | list[str], size: int | None = None) -> None:
    """Write texts until there are ``size`` bytes, or all of them."""
    written = 0
    with path.open("w", encoding="ascii", newline="\n") as out:
        for text in texts:
            written += out.write(text)
            if size is not None and written >= size:
                break


def _urls(size: int) -> list[str]:
    rng = random.Random(11)
    count = max(2000, size * 600 // MB)
    return ["".join(rng.choices(ascii_lowercase, k=rng.randint(30, 99))) for _ in range(count)]


def _rankings(urls: list[str]) -> Iterator[str]:
    rng = random.Random(12)
    for url in urls:
        yield f"{url},{int(10 * rng.paretovariate(1.2))},{rng.randint(1, 119)}\n"


def _visits(urls: list[str]) -> Iterator[str]:
    """Many lines at a time, without end. Few pages get most visits, as Zipf's law with the exponent 1.3 has it."""
    rng = random.Random(13)
    weights = list(accumulate((i + 1) ** -1.3 for i in range(len(urls))))
    while True:
        pages = rng.choices(urls, cum_weights=weights, k=DRAWN)
        yield "".join(
            f"{_address(rng)},{page},{_day(rng)},{rng.random():.7f},{AGENTS[i % 3]},USA,USA-EN,word{i % 997},{i % 11}\n"
            for i, page in enumerate(pages)
        )


def _address(rng: random.Random) -> str:
    a, b, c, d = rng.randbytes(4)
    return f"{a}.{b}.{c}.{d}"


def _day(rng: random.Random) -> str:
    return f"{rng.randrange(1970, 2012)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"


def _records() -> Iterator[str]:
    rng = random.Random(14)
    while True:
        letters = base64.urlsafe_b64encode(rng.randbytes(RECORD * DRAWN)).decode()
        # Some 500 random bits a line: that two are alike will not happen.
        yield "".join(f"{letters[at : at + RECORD - 1]}\n" for at in range(0, (RECORD - 1) * DRAWN, RECORD - 1))


def _cut(text: Path, directory: Path, count: int) -> None:
    directory.mkdir()
    with text.open(encoding="ascii") as lines:
        for number in range(count):
            written = 0
            with (directory / f"{number:06}.txt").open("w", encoding="ascii", newline="\n") as out:
                while written < SMALL:
                    written += out.write(next(lines))
