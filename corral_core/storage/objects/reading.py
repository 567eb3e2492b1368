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

import asyncio
import io
import random
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING

from corral_core.storage.objects.api import changed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from concurrent.futures import Future

    from _typeshed import WriteableBuffer

    from corral_core.storage.api import ByteRange
    from corral_core.storage.objects.api import Answer, Client

__all__ = ["FLYING", "RANGE", "ObjectStream", "fetch"]

RANGE = 16 * 2**20
"""Bytes in a request at most: where the latency of a request hardly counts (the upper end of what AWS advises)."""
FLYING = 3
"""Ranges held or on their way; two that arrive while one is read."""
TAIL = 2**16
"""Bytes behind the goal that are asked for with it: the rest of a split's last record, mostly."""
ATTEMPTS = 10
"""Answers in a row that may break off without a byte."""
PIECE = 2**18
"""Bytes to take from a connection at once, at most."""


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
        self._object = _Object(path, version, size)
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


class _Object:
    """What is known of an object, which the answers tell more of."""

    def __init__(self, path: str, version: str, size: int | None) -> None:
        self.path, self.version, self.size = path, version, size

    def check(self, answer: Answer, start: int, stop: int) -> int:
        """Where an answer's bytes end.

        :raises DataError: when they are another object's, or not those that were asked for.
        """
        given, _, whole = answer.span.partition("/")
        if not whole.isdigit():
            raise OSError("the store gives whole objects where a range was asked for")
        size = int(whole)
        if self.size is not None and size != self.size:
            raise changed(self.path, f": it has {size} bytes, and had {self.size} when the run began")
        if self.version and answer.version != self.version:
            raise changed(self.path)
        self.size, self.version = size, answer.version
        end = min(stop, size)
        if given != f"bytes {start}-{end - 1}":
            raise OSError(f"the store gave {given} where bytes {start}-{end - 1} were asked for")
        return end


class _Range:
    """Bytes on their way."""

    def __init__(self, client: Client, thing: _Object, start: int, stop: int) -> None:
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

    async def _fetch(self, client: Client, thing: _Object, start: int, stop: int) -> None:
        last: BaseException | None = None
        try:
            async for piece in _pieces(client, thing, start, stop):
                self._pieces.put(piece)
        except BaseException as error:  # noqa: BLE001  (it is raised where the bytes are missed)
            last = error
        self._pieces.put(last)


async def fetch(client: Client, part: ByteRange) -> bytes:
    """The bytes of one range; fewer, if the object ends before it does."""
    thing = _Object(part.path, "", None)
    return b"".join([piece async for piece in _pieces(client, thing, part.offset, part.offset + part.length)])


async def _pieces(client: Client, thing: _Object, start: int, stop: int) -> AsyncIterator[bytes]:
    """A range's bytes as they arrive, none missing: an answer that breaks off is continued."""
    failures = 0
    at = start
    while at < stop:
        answer = await client.get(thing.path, at, stop, thing.version)
        if answer is None:
            if thing.size is not None:
                raise changed(thing.path)
            thing.size = at  # or less, which makes no difference
            return
        stop = thing.check(answer, at, stop)
        body = answer.body
        try:
            while data := await body.read(PIECE):
                at += len(data)
                failures = 0
                yield data
        except Exception:
            failures += 1  # one behind the other, with nothing gained
            if failures == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0, min(20.0, 0.1 * 2**failures)))  # noqa: S311  (jitter, no secret)
        finally:
            body.close()
