"""What starting costs: ``python -m benchmarks.imports [ROUNDS]``. Interleaved, like all else; medians of wall time.

First here, with what is installed; then from an unpacked bundle of the word count, where an interpreter finds nothing
else and bytecode was compiled ahead: what a cold function imports, without and with s3fs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from zipfile import ZipFile

from benchmarks import measure
from corral_core.bundle import Target, build
from corral_core.executor import Bundle
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bundled", "milliseconds"]

BARE = "Python itself"
JOBS = Path(__file__).parent / "jobs"
TASKS = "import corral_core.engine.maptask, corral_core.engine.reducetask, corral_core.storage.local"
HANDLER = "import corral_core.remote.handler"
COMMANDS = {
    BARE: ["-c", "pass"],
    "a worker": ["-c", "import corral_core.worker"],
    "a worker with all that a task on local paths needs": ["-c", f"import corral_core.worker; {TASKS}"],
    "corral --version": ["-m", "corral_core", "--version"],
}
CLOSURES = {
    BARE: "pass",
    "a function's handler": HANDLER,
    "with all that a task needs": f"{HANDLER}; {TASKS}",
    "and with s3fs": f"{HANDLER}; {TASKS}; import s3fs",
}


def milliseconds(rounds: int, commands: Mapping[str, list[str]] = COMMANDS) -> dict[str, float]:
    """By what starts, beyond what Python itself takes; for Python itself, all of it."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            seconds[name].append(measure.run([sys.executable, *arguments]).seconds)
    bare = median(seconds[BARE])
    return {name: 1000 * (median(times) - (0 if name == BARE else bare)) for name, times in seconds.items()}


def bundled(rounds: int) -> dict[str, tuple[float, int]]:
    """The same from a bundle, with the number of modules that the interpreter then holds."""
    made = build(Bundle(JobRef("file", "word_count.py", str(JOBS)), (str(JOBS),)), Target(packages=("s3fs",)))
    with tempfile.TemporaryDirectory() as root:
        with ZipFile(made.path) as archive:
            archive.extractall(root)
        commands = {name: _alone(root, code) for name, code in CLOSURES.items()}
        took = milliseconds(rounds, commands)
        return {name: (took[name], _modules(commands[name])) for name in commands}


def _alone(root: str, code: str) -> list[str]:
    return ["-I", "-S", "-B", "-c", f"import sys; sys.path.append({root!r}); {code}"]


def _modules(arguments: list[str]) -> int:
    counting = [*arguments[:-1], f"{arguments[-1]}; print(len(sys.modules))"]
    return int(subprocess.run([sys.executable, *counting], capture_output=True, check=True).stdout)


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for started, took in milliseconds(times).items():
        print(f"{took:6.0f} ms               {started}")
    print("From an unpacked bundle:")
    for started, (took, modules) in bundled(times).items():
        print(f"{took:6.0f} ms {modules:4} modules  {started}")
