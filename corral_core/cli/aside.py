"""Takes aside what others write to stderr: a print in a worker must not cut through a bar, nor through a line of JSON.

::

    this process, its workers ──descriptor 2──> pipe ──thread──> handle(line)
                                                                   │
    a display, a log ──────────────────────────────────────────────┴──> the stderr there was
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["STDERR", "stderr_aside"]

STDERR = 2
_PIPE_BYTES = 2**20
"""So much can be said while nobody reads: C code that holds the interpreter lock would wait for ever beyond it."""
_LONGEST = 2**16
"""Bytes of a line that is not cut."""
_PATIENCE = 1.0
"""Seconds to wait for the rest; who still holds the pipe then is no worker of ours."""


@contextmanager
def stderr_aside(handle: Callable[[str], None]) -> Iterator[TextIO]:
    """Hand on line by line, from a thread of its own, what is written to stderr within the block.

    :returns: the stderr that it is to be kept from. Where ``sys.stderr`` is none of the process's own, as in a
        notebook, that itself, and nothing is taken aside.
    """
    if not _is_plain():
        yield sys.stderr
        return
    sys.stderr.flush()
    kept = os.dup(STDERR)
    reading, writing = os.pipe()
    _widen(writing)
    os.dup2(writing, STDERR)
    os.close(writing)
    reader = threading.Thread(target=_read, args=(reading, handle), name="corral-stderr", daemon=True)
    reader.start()
    try:
        with open(kept, "w", encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False) as real:
            yield real
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os.dup2(kept, STDERR)  # with which the last writer is gone, unless a child lives on
        reader.join(_PATIENCE)
        os.close(kept)


def _is_plain() -> bool:
    try:
        return sys.stderr.fileno() == STDERR
    except (AttributeError, OSError, ValueError):
        return False


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _read(pipe: int, handle: Callable[[str], None]) -> None:
    rest = b""
    with open(pipe, "rb", buffering=0) as stream:
        while part := stream.read(_LONGEST):
            *lines, rest = (rest + part).split(b"\n")
            if len(rest) > _LONGEST:
                lines, rest = [*lines, rest], b""
            for line in lines:
                _hand_on(line, handle)
    if rest:
        _hand_on(rest, handle)


def _hand_on(line: bytes, handle: Callable[[str], None]) -> None:
    with suppress(OSError, ValueError):  # nobody listens any more
        handle(line.removesuffix(b"\r").decode("utf-8", "backslashreplace"))
