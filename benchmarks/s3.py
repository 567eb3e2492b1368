"""What a slow network costs on S3: ``python -m benchmarks.s3 [MEGABYTES] [ROUNDS]``.

rclone serves S3 behind a proxy that adds nothing, or 50 ms to each request and 60 MB/s a connection. Read plainly in
splits, written plainly, and read by word counts in local processes: the fastest form, and the usual one.
Interleaved; medians of wall time. The proxy takes part of a core, with and without its delays.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.data import MB, Inputs
from corral_core.engine.splits import split_file
from corral_core.formats.source import open_split
from corral_core.storage.s3.storage import S3Storage
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import s3_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.testing.proxy import Proxy

__all__ = ["main"]

LATENCY, BANDWIDTH = 0.05, 60e6
SPLIT = 100 * 2**20
JOB = Path(__file__).parent / "jobs" / "word_count.py"
INPUT = "s3://bench/input.txt"


def _read(storage: S3Storage) -> None:
    (file,) = storage.list(INPUT)
    for split in split_file(file, SPLIT):
        with open_split(storage, split).open(split.start) as stream:
            left = split.length
            while left:
                left -= len(stream.read(min(left, 128 * 2**10)))


def _write(storage: S3Storage, data: bytes) -> None:
    with storage.create("s3://bench/written") as stream:
        for start in range(0, len(data), 2**20):
            stream.write(data[start : start + 2**20])


def _job(name: str) -> Callable[[S3Storage], None]:
    command = [sys.executable, "-m", "corral_core", str(JOB), INPUT, "--job", name]

    def run(_: S3Storage) -> None:
        with tempfile.TemporaryDirectory() as out:
            measure.run([*command, "--out", f"{out}/out", "--reducers", "2"])

    return run


def main(megabytes: int = 200, rounds: int = 3) -> None:
    """Print a line for each kind of work."""
    with tempfile.TemporaryDirectory() as kept, s3_server(Path(kept) / "s3", "bench") as server:
        text = Inputs(Path(kept)).text(megabytes * MB)
        Path(text).rename(Path(kept) / "s3" / "bench" / "input.txt")
        works: dict[str, Callable[[S3Storage], None]] = {
            "read": _read,
            "write 100 MB": lambda storage: _write(storage, data),
            "job: batch form": _job("batched"),
            "job: emits words": _job("folded"),
        }
        data = os.urandom(MB) * 100
        with proxy(server.url) as network, network.server.environment():
            storage = S3Storage()
            for name, work in works.items():
                _print(name, work, network, storage, rounds)


def _print(name: str, work: Callable[[S3Storage], None], network: Proxy, storage: S3Storage, rounds: int) -> None:
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for slow, took in seconds.items():
            network.latency, network.bandwidth = (LATENCY, BANDWIDTH) if slow else (0.0, None)
            network.seen.clear()
            began = time.perf_counter()
            work(storage)
            took.append(time.perf_counter() - began)
    fast, slowly = median(seconds[False]), median(seconds[True])
    counts = " ".join(f"{kind} {number}" for kind, number in sorted(network.counts.items()))
    print(f"{name:18} {fast:6.2f} s  behind the slow network {slowly:6.2f} s  {slowly / fast:5.2f}x  {counts}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
