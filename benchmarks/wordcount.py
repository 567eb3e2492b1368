"""Word count beside a hand-written loop. Run it with ``python benchmarks/wordcount.py [MEGABYTES [ROUNDS]]``.

What a framework costs is its time over that of the loop that one would write by hand. Each round runs every contender
once, in turn, so that a machine whose speed drifts is slow or fast for all of them. Ratios are taken within a round,
and the median of the rounds is what counts. Every answer is compared with the loop's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

EXAMPLE = Path(__file__).parents[1] / "examples" / "word_count"
LOOP = "hand-written"
CORES = 2  # of the loop and of local-process alike


def contenders(text: Path, work: Path) -> dict[str, list[str]]:
    """Commands by name; each leaves its answer in ``work`` under its name."""
    corral = str(Path(sysconfig.get_path("scripts")) / "corral")
    loop = [sys.executable, str(Path(__file__).with_name("handwritten.py")), str(text), str(work / LOOP), str(CORES)]
    commands = {LOOP: loop}
    for script, executor in (
        ("aggregator", "local-process"),
        ("job", "local-process"),
        ("generators", "local-process"),
        ("job", "inline"),
    ):
        name = f"{script} {executor}"
        flags = ["--out", str(work / name), "--executor", executor, "--quiet"]
        commands[name] = [corral, str(EXAMPLE / f"{script}.py"), str(text), *flags]
    return commands


def timed(command: list[str], target: Path) -> float:
    """Wall seconds of the whole process."""
    if target.is_dir():
        shutil.rmtree(target)
    began = time.perf_counter()
    subprocess.run(command, check=True, env={**os.environ, "CORRAL_LOCALWORKERS": str(CORES)})
    return time.perf_counter() - began


def answer(target: Path) -> list[str]:
    """All lines of an answer, sorted."""
    parts = sorted(target.glob("output-*")) if target.is_dir() else [target]
    return sorted(line for part in parts for line in part.read_text(encoding="utf-8").splitlines())


def measure(text: Path, work: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, by contender. Ends the program when an answer is wrong."""
    commands = contenders(text, work)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(timed(command, work / name))
    expected = answer(work / LOOP)
    for name in commands:
        if answer(work / name) != expected:
            sys.exit(f"{name} and the {LOOP} loop disagree")
    return seconds


def main(megabytes: str = "20", rounds: str = "3") -> None:
    """Make the text, measure, print a table."""
    with tempfile.TemporaryDirectory(prefix="corral-bench-") as folder:
        text = Path(folder, "text.txt")
        size = int(float(megabytes) * 1e6)
        subprocess.run([sys.executable, str(EXAMPLE / "make_data.py"), str(text), str(size)], check=True)
        seconds = measure(text, Path(folder), int(rounds))
    print(f"{megabytes} MB, {rounds} rounds, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{'':28} {'median':>8} {'ratio':>6}")
    for name, times in seconds.items():
        ratio = median(one / base for one, base in zip(times, seconds[LOOP], strict=True))
        print(f"{name:28} {median(times):7.2f}s {ratio:6.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
