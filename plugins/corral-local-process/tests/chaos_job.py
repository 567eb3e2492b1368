"""What the chaos tests run: words, counted slowly enough that somebody can be killed over it."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from corral_core import Job, count

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = float(os.environ.get("CHAOS_SECONDS", "0"))
"""Of each line."""


def mapper(_: str, line: str) -> Iterator[tuple[str, int]]:
    count("lines")
    time.sleep(SECONDS)
    if line == "hang":
        threading.Event().wait()
    for word in line.split():
        yield word, 1


def reducer(word: str, ones: Iterator[int]) -> Iterator[tuple[str, int]]:
    yield word, sum(ones)


job = Job(mapper, reducer)
