"""Tasks that wait: each line for some time, and in one of the worker processes twenty times as long.

``STRAGGLING_LOCK`` names a file; the process that makes it is the slow one. Without the variable there is none.
"""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core import Job, Sum

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 0.2
SLOWER = 20


@cache
def seconds() -> float:
    """Of a line, in this process."""
    lock = os.environ.get("STRAGGLING_LOCK")
    if not lock:
        return SECONDS
    try:
        Path(lock).touch(exist_ok=False)
    except FileExistsError:
        return SECONDS
    return SECONDS * SLOWER


def waiting(_: str, line: str) -> Iterator[tuple[str, int]]:
    """The line, after a while."""
    time.sleep(seconds())  # the task itself: a straggler is one that takes its time, and costs no processor
    yield line, 1


job = Job(waiting, Sum(), reducers=1)
