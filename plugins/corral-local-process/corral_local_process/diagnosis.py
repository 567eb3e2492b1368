"""What ``corral doctor`` says of local workers."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.errors import ExecutorUnavailable
from corral_core.serving.interpreter import driver_interpreter, search_path
from corral_local_process.cores import available_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["findings"]

_SECONDS = 60.0
_START = "import sys; sys.path[:] = sys.argv[1:]; import corral_local_process.worker"
"""What a worker does before its first task."""


def findings(workers: int) -> Iterator[Finding]:
    """Workers beside cores, and a worker's start, tried for real."""
    cores, all_cores = available_cores(), os.cpu_count() or 1
    said = f"{workers} for {cores} cores" + (
        f", of {all_cores}: the rest is kept from this process" * (cores < all_cores)
    )
    if workers > 2 * cores:
        yield Finding("workers", "warning", said, f"they wait for each other: --local-workers {cores} is as fast")
    else:
        yield Finding("workers", "ok", said)
    yield _start()


def _start() -> Finding:
    try:
        line = [*driver_interpreter(), "-c", _START, *search_path(())]
        done = subprocess.run(line, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  (our own interpreter)
    except (ExecutorUnavailable, OSError, subprocess.TimeoutExpired) as error:
        return Finding("start", "failed", f"no worker starts: {error}", "--executor inline needs none")
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
        return Finding("start", "failed", f"no worker starts: {said}", "--executor inline needs none")
    return Finding("start", "ok", "a worker starts")
