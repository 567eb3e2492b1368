"""The process that ends what is left when this one ends without doing so itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from corral_core.testing import warden

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Warden"]


class Warden:
    """Watches this process through a pipe, which the system closes however the process ends.

    :param folders: what it removes then.
    """

    def __init__(self, *folders: Path) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  (our own file)
            [sys.executable, "-S", "-E", "-P", warden.__file__, *map(str, folders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def tell(self, change: str) -> None:
        """``+ID`` for a session, or a single process, that began; ``-ID`` for one that ended."""
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(change.encode() + b"\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End it, together with what it was told of and what has not ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
