"""Reading that goes on while records are mapped: a thread fetches, or expands, the next pieces of a stream.

Worth it where reading waits for a network, or for a decompressor that runs outside Python's lock; a local file that
the system has in memory is faster without.
"""

from __future__ import annotations

import io
import threading
from queue import Queue
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["PIECE", "ReadAhead"]

PIECE = 2**20
"""Bytes in a piece."""
PIECES = 4
"""Pieces that wait for the reader at most; with the one in hand they bound the memory."""


class ReadAhead(io.RawIOBase):
    """A stream that is read ahead of its use.

    :param stream: closed with this one.
    :param wanted: bytes that will surely be read, and so may be fetched ahead; what lies behind is read when asked for.
    """

    def __init__(self, stream: BinaryIO, wanted: int) -> None:
        self._stream, self._wanted = stream, wanted
        self._pieces: Queue[bytes | BaseException | None] = Queue(PIECES)
        self._piece = memoryview(b"")
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._ahead = wanted > 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        if not self._piece and self._ahead:
            self._piece = memoryview(self._next())
        data = self._piece[: len(view)] if self._piece else self._stream.read(len(view))
        view[: len(data)] = data
        self._piece = self._piece[len(data) :]
        return len(data)

    def close(self) -> None:
        """End the thread, wherever it is."""
        if self._thread is not None:
            self._stopped.set()
            while not self._pieces.empty():  # it may wait for room
                self._pieces.get_nowait()
            self._thread.join()
            self._thread = None
        self._stream.close()
        super().close()

    def _next(self) -> bytes:
        if self._thread is None:
            self._thread = threading.Thread(target=self._fetch, name="corral-read-ahead", daemon=True)
            self._thread.start()
        piece = self._pieces.get()
        if isinstance(piece, bytes):
            return piece
        self._ahead = False
        if piece is not None:
            raise piece
        return b""

    def _fetch(self) -> None:
        left = self._wanted
        try:
            while left > 0 and not self._stopped.is_set():
                piece = self._stream.read(min(PIECE, left))
                if not piece:
                    break
                self._pieces.put(piece)
                left -= len(piece)
            self._pieces.put(None)
        except BaseException as error:  # noqa: BLE001  (it is raised where the bytes are missed)
            self._pieces.put(error)
