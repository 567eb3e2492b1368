"""Reading from an object store: ranges of an object, several in flight, joined into a stream.

::

    offset                                goal                    size
      ├── range ──┼── range ──┼── range ──┤                         │
      │ in hand   │ arriving  │ arriving  │ when asked for: larger and larger ranges
      ▼           ▼           ▼
    pieces, given in order as they arrive

A range is one GET, of at most :data:`RANGE` bytes; :data:`FLYING` of them are held or on their way, so a stream takes
at most 48 MiB, whatever the object's size. A connection that ends early is taken up where it stopped.
"""

from __future__ import annotations

import io
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING

from corral_core.storage.objects.ranges import Known, pieces

if TYPE_CHECKING:
    from concurrent.futures import Future

    from _typeshed import WriteableBuffer

    from corral_core.storage.objects.api import Client

__all__ = ["FLYING", "RANGE", "ObjectStream"]

RANGE = 16 * 2**20
"""Bytes in a request at most: where the latency of a request hardly counts (the upper end of what AWS advises)."""
FLYING = 3
"""Ranges held or on their way; two that arrive while one is read."""
TAIL = 2**16
"""Bytes behind the goal that are asked for with it: the rest of a split's last record, mostly."""


class ObjectStream(io.RawIOBase):
    """The bytes of an object from an offset on.

    :param goal: what surely will be read ends here; None: all will be.
    :param size: the object's size, None when it is not known.
    :param version: the object's; one with another is an error.
    """

    def __init__(
        self,
        client: Client,
        path: str,
        offset: int,
        *,
        goal: int | None = None,
        size: int | None = None,
        version: str = "",
    ) -> None:
        self._client, self._path = client, path
        self._object = Known(path, version, size)
        self._at = offset
        """Where the next range begins."""
        self._goal = goal
        self._beyond = TAIL
        self._flying: deque[_Range] = deque()
        self._piece = memoryview(b"")
        self._top_up()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        while not self._piece:
            if not self._flying and not self._go_on():
                return 0
            piece = self._flying[0].next()
            if piece is None:
                self._flying.popleft()
            self._piece = memoryview(piece or b"")
            self._top_up()
        data = self._piece[: len(view)]
        view[: len(data)] = data
        self._piece = self._piece[len(data) :]
        return len(data)

    def close(self) -> None:
        """Let go of what is on its way."""
        while self._flying:
            self._flying.pop().cancel()
        super().close()

    def _top_up(self) -> None:
        """Ask for the next ranges, as far as the goal is known."""
        size = self._object.size
        if size is None:  # the first answer will tell
            if not self._flying:
                self._ask(RANGE if self._goal is None else min(RANGE, self._goal - self._at))
            return
        goal = size if self._goal is None else min(self._goal, size)
        while self._at < goal and len(self._flying) < FLYING:
            left = goal - self._at
            length = -(-left // -(-left // RANGE))  # as even as can be, so that no small one is left over
            self._ask(length + (TAIL if length == left else 0))

    def _go_on(self) -> bool:
        """Ask for what lies behind the goal, a larger piece each time; False at the end of the object."""
        if self._object.size is None or self._at >= self._object.size:
            return False
        self._beyond = min(self._beyond * 16, RANGE)
        self._ask(self._beyond)
        return True

    def _ask(self, length: int) -> None:
        stop = self._at + length if self._object.size is None else min(self._at + length, self._object.size)
        self._flying.append(_Range(self._client, self._object, self._at, stop))
        self._at = stop


class _Range:
    """Bytes on their way."""

    def __init__(self, client: Client, thing: Known, start: int, stop: int) -> None:
        self._path, self._client = thing.path, client
        self._pieces: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
        self._fetching: Future[None] = client.start(self._fetch(client, thing, start, stop))

    def next(self) -> bytes | None:
        """The next piece; None at the end."""
        piece = self._pieces.get()
        if isinstance(piece, BaseException):
            self._pieces.put(piece)  # for whoever asks again
            with self._client.errors(self._path):
                raise piece
        return piece

    def cancel(self) -> None:
        """Nobody wants the rest."""
        self._fetching.cancel()

    async def _fetch(self, client: Client, thing: Known, start: int, stop: int) -> None:
        last: BaseException | None = None
        try:
            async for piece in pieces(client, thing, start, stop):
                self._pieces.put(piece)
        except BaseException as error:  # noqa: BLE001  (it is raised where the bytes are missed)
            last = error
        self._pieces.put(last)
