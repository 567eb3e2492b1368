"""The bytes of one range of an object: asked for, checked, and asked for again where an answer broke off."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from corral_core.storage.objects.api import changed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from corral_core.storage.api import ByteRange
    from corral_core.storage.objects.api import Answer, Client

__all__ = ["Known", "fetch", "pieces"]

ATTEMPTS = 10
"""Answers in a row that may break off without a byte."""
PIECE = 2**18
"""Bytes to take from a connection at once, at most."""


class Known:
    """What is known of an object, which the answers tell more of."""

    def __init__(self, path: str, version: str, size: int | None) -> None:
        self.path, self.version, self.size = path, version, size

    def check(self, answer: Answer, start: int, stop: int) -> None:
        """Learn from an answer.

        :raises DataError: when they are another object's, or not those that were asked for.
        """
        given, _, whole = answer.span.partition("/")
        if not whole.isdigit():
            raise OSError("the store gives whole objects where a range was asked for")
        size = int(whole)
        if self.size is not None and size != self.size:
            raise changed(self.path, f": it has {size:,} bytes, and had {self.size:,} when the run began")
        if self.version and answer.version != self.version:
            raise changed(self.path)
        self.size, self.version = size, answer.version
        wanted = f"bytes {start}-{min(stop, size) - 1}"
        if given != wanted:
            raise OSError(f"the store gave {given} where {wanted} were asked for")


async def fetch(client: Client, part: ByteRange) -> bytes:
    """The bytes of one range; fewer, if the object ends before it does."""
    thing = Known(part.path, "", None)
    return b"".join([piece async for piece in pieces(client, thing, part.offset, part.offset + part.length)])


async def pieces(client: Client, thing: Known, start: int, stop: int) -> AsyncIterator[bytes]:
    """A range's bytes as they arrive, none missing: an answer that breaks off is continued."""
    failures = 0
    at = start
    while at < stop:
        answer = await _get(client, thing, at, stop)
        if answer is None:
            return
        stop = min(stop, thing.size or 0)
        try:
            while data := await answer.body.read(PIECE):
                at += len(data)
                failures = 0
                yield data
        except Exception:
            failures += 1  # one behind the other, with nothing gained
            if failures == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0, min(20.0, 0.1 * 2**failures)))  # noqa: S311  (jitter, no secret)
        finally:
            answer.body.close()


async def _get(client: Client, thing: Known, start: int, stop: int) -> Answer | None:
    """The answer to one request; None when the object ends at or before its start."""
    answer = await client.get(thing.path, start, stop, thing.version)
    if answer is None:
        if thing.size is not None:
            raise changed(thing.path)
        thing.size = start  # or less, which makes no difference
        return None
    try:
        thing.check(answer, start, stop)
    except BaseException:
        answer.body.close()
        raise
    return answer
