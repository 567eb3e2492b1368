"""What functions do not survive, or only just. Each input line says what to do."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from corral_core.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterator


def act(_: str, line: str) -> Iterator[tuple[str, None]]:
    if line == "hold":
        threading.Event().wait()
    elif line == "deaf":  # to every reminder that the time is up
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(600)
    elif line == "hog":
        hoard = []
        while True:
            hoard.append(os.urandom(2**20))
    yield line, None


acting = counting = Job(act)
