"""Write a messy web server's log: python make_data.py FILE [LINES]

Lines of one moment come in any order, as they do from several servers, and about one in fifty is cut, blank, has an
impossible date or bytes that are no UTF-8. The same LINES give the same file everywhere.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

START = datetime(2026, 3, 1, tzinfo=UTC)
PATHS = ["/", "/about", "/search?q=corral", "/docs/first-job", "/style.css", "/logo.png"]
ZONES = [UTC, timezone(timedelta(hours=1)), timezone(-timedelta(hours=5))]


def line(rng: random.Random, visitor: str, time: datetime) -> bytes:
    stamp = time.astimezone(rng.choice(ZONES)).strftime("%d/%b/%Y:%H:%M:%S %z")
    size = rng.choice(["-", str(rng.randint(100, 50_000))])
    return f'{visitor} - - [{stamp}] "GET {rng.choice(PATHS)} HTTP/1.1" 200 {size} "-" "Mozilla/5.0"'.encode()


def spoil(rng: random.Random, good: bytes) -> bytes:
    return rng.choice(
        [
            b"",
            good[: rng.randint(1, 40)],
            good.replace(b"/Mar/", b"/Mrz/"),
            b"\xff\xfe\x00 " + good,
            good.replace(b"Mozilla", b"M\xf6zilla"),  # no UTF-8, and yet a good line
        ]
    )


def write(count: int) -> bytes:
    rng = random.Random(404)
    clocks = {f"192.0.2.{i}": START + timedelta(minutes=rng.randint(0, 600)) for i in range(1, max(2, count // 40))}
    lines = []
    for _ in range(count):
        visitor = rng.choice(list(clocks))
        clocks[visitor] += timedelta(seconds=rng.choice([5, 20, 90, 600, 1799, 1800, 7200]))
        good = line(rng, visitor, clocks[visitor])
        lines.append(spoil(rng, good) if rng.random() < 1 / 50 else good)
    for i in range(0, count - 1, 2):
        lines[i : i + 2] = rng.sample(lines[i : i + 2], 2)
    return b"\n".join(lines) + b"\n"


def main(path: str, count: str = "2000") -> None:
    Path(path).write_bytes(write(int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
