"""What starting costs: ``python -m benchmarks.imports [ROUNDS]``. Interleaved, like all else; medians of wall time."""

from __future__ import annotations

import sys
from statistics import median

from benchmarks import measure

__all__ = ["milliseconds"]

BARE = "Python itself"
TASKS = "import corral_core.engine.maptask, corral_core.engine.reducetask, corral_core.storage.local"
COMMANDS = {
    BARE: ["-c", "pass"],
    "a worker": ["-c", "import corral_core.worker"],
    "a worker with all that a task on local paths needs": ["-c", f"import corral_core.worker; {TASKS}"],
    "corral --version": ["-m", "corral_core", "--version"],
}


def milliseconds(rounds: int) -> dict[str, float]:
    """By what starts, beyond what Python itself takes; for Python itself, all of it."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            seconds[name].append(measure.run([sys.executable, *arguments]).seconds)
    bare = median(seconds[BARE])
    return {name: 1000 * (median(times) - (0 if name == BARE else bare)) for name, times in seconds.items()}


if __name__ == "__main__":
    for started, took in milliseconds(int(sys.argv[1]) if len(sys.argv) > 1 else 15).items():
        print(f"{took:6.0f} ms  {started}")
