"""Frames on the socket between a worker and its parent: one byte of kind, eight of length (big endian), then the body.

::

    parent                                  worker
      │ ── PROFILE  a path ───────────────▶   │  once, if its memory is to be profiled
      │ ── JOB   the run's JobRef, JSON ──▶   │  once, loads the job ahead of its first task
      │ ◀─ READY ──────────────────────────   │  once, the interpreter is up
      │ ── TASK  an encoded task ─────────▶   │
      │ ◀─ REPLY an encoded reply ─────────   │  or one of FAILURES: run_task raised, and why
"""

from __future__ import annotations

import struct

from corral_core.errors import CorralError, MessageError, OutOfMemory, WorkerLost
from corral_core.serving.failures import without_reply

__all__ = ["FAILURES", "JOB", "PROFILE", "READY", "REPLY", "TASK", "Frames", "describe", "frame"]

PROFILE = b"p"
JOB = b"j"
TASK = b"t"
READY = b"h"
REPLY = b"r"
FAILURES: dict[bytes, type[CorralError]] = {b"m": MessageError, b"o": OutOfMemory, b"w": WorkerLost}
"""Which error the body is the message of."""

_HEADER = ">cQ"  # no struct.Struct, which can't be pickled
_HEADER_SIZE = struct.calcsize(_HEADER)


def frame(kind: bytes, body: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(_HEADER, kind, len(body)) + body


def describe(error: Exception) -> tuple[bytes, bytes]:
    """The kind and body under which an exception out of ``run_task`` travels."""
    failure = without_reply(error)
    kind = next((kind for kind, known in FAILURES.items() if isinstance(failure, known)), b"w")
    return kind, str(failure).encode(errors="backslashreplace")


class Frames:
    """Puts frames together from the pieces in which a stream delivers them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The kinds and bodies of the frames that ``data`` completes, in order."""
        self._buffer += data
        complete = []
        while len(self._buffer) >= _HEADER_SIZE:
            kind, length = struct.unpack_from(_HEADER, self._buffer)
            end = _HEADER_SIZE + length
            if len(self._buffer) < end:
                break
            complete.append((kind, bytes(self._buffer[_HEADER_SIZE:end])))
            del self._buffer[:end]
        return complete
