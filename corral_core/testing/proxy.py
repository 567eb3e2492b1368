"""A slow and faulty network for tests: an HTTP proxy before a real server.

::

    client ──► Proxy: counts, waits, paces, spoils ──► server
           ◄──                                     ◄──

It adds latency to each request, paces each connection, spoils requests by a seeded schedule
(:class:`~corral_core.testing.faults.Faults`), and counts what passes by kind. It runs in a thread of its own: measure
with clients in other processes.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from corral_core.testing.faults import Fault, Faults, Seen, s3_kind
from corral_core.testing.servers import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Proxy", "proxy"]

_PIECE = 2**18
"""Bytes passed on at once."""
_CODES = {"slow_down": ("503 Slow Down", "SlowDown"), "error": ("500 Internal Server Error", "InternalError")}
_NO_BODY = {"204", "304"}


@dataclass(frozen=True)
class _Head:
    """The first line and the headers of a message."""

    raw: bytes
    words: list[str]
    headers: dict[str, str]

    @property
    def length(self) -> int | None:
        """Bytes in the body; None when it comes in chunks."""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            return None
        return int(self.headers.get("content-length", "0"))


class Proxy:
    """What a test sees of a proxy; it may change all but the counts while requests pass.

    :param kind: what a request is, from its method and target.
    """

    def __init__(self, upstream: str, kind: Callable[[str, str], str] = s3_kind) -> None:
        self.host, self.port = urlsplit(upstream).hostname, urlsplit(upstream).port
        self.kind = kind
        self.latency = 0.0
        """Seconds before each request is passed on."""
        self.bandwidth: float | None = None
        """Bytes a second, for each connection and direction; None: no limit."""
        self.faults = Faults()
        self.skew = 0.0
        """Seconds that the server's clock is ahead, by the header ``Date`` of its answers."""
        self.refusal: tuple[str, str] | None = None
        """A status line and a code of S3's for every request, such as ``("400 Bad Request", "ExpiredToken")``."""
        self.seen: list[Seen] = []
        """All requests, in the order of their coming."""
        self.server: Server = Server("", 0)

    @property
    def counts(self) -> Counter[str]:
        """Requests by kind, spoiled ones too."""
        return Counter(seen.kind for seen in self.seen)

    def reset(self) -> None:
        """Nothing in the way and nothing seen, as at the start."""
        self.latency, self.bandwidth, self.faults, self.skew, self.refusal = 0.0, None, Faults(), 0.0, None
        self.seen.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, with a connection to the server behind it."""
        up: asyncio.StreamWriter | None = None
        try:
            from_server, up = await asyncio.open_connection(self.host, self.port, limit=_PIECE)
            while await self._exchange(reader, writer, from_server, up):
                pass
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass  # either side has left, or the test is over: Python 3.11 complains of a handler that ends cancelled
        finally:
            for end in (writer, up):
                if end is not None:
                    end.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        up: asyncio.StreamWriter,
    ) -> bool:
        request = await _head(reader)
        fault = self._note(request)
        if request.headers.get("expect"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(self.latency)
        refusal = self.refusal or _CODES.get(fault)
        if refusal is not None:
            await self._body(request.length, reader, None)
            writer.write(_answer(*refusal, request.words[0]))
            await writer.drain()
            return True
        up.write(request.raw)
        await self._body(request.length, reader, up)
        answer = await _head(from_server)
        if fault == "cut":
            return False
        bare = request.words[0] == "HEAD" or answer.words[1] in _NO_BODY
        writer.write(_dated(answer.raw, self.skew) if self.skew else answer.raw)
        if fault == "truncate" and not bare:
            await self._body((answer.length or 2) // 2, from_server, writer)
            return False
        await self._body(0 if bare else answer.length, from_server, writer)
        return "close" not in answer.headers.get("connection", "")

    def _note(self, request: _Head) -> Fault:
        method, target = request.words[:2]
        kind, span = self.kind(method, target), request.headers.get("range", "")
        fault = self.faults.next(f"{method} {target} {span}", kind)
        self.seen.append(Seen(method, target, kind, fault, span))
        return fault

    async def _body(self, length: int | None, source: asyncio.StreamReader, to: asyncio.StreamWriter | None) -> None:
        """Pass on a body: so many bytes, or chunks to the last."""
        if length is not None:
            await self._bytes(length, source, to)
            return
        size = 1
        while size:
            line = await source.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            if to is not None:
                to.write(line)
            await self._bytes(size + 2, source, to)  # no trailers: neither rclone, moto nor botocore sends any

    async def _bytes(self, length: int, source: asyncio.StreamReader, to: asyncio.StreamWriter | None) -> None:
        loop = asyncio.get_running_loop()
        began, passed = loop.time(), 0
        while passed < length:
            data = await source.read(min(_PIECE, length - passed))
            if not data:
                raise asyncio.IncompleteReadError(b"", length - passed)
            passed += len(data)
            if to is not None:
                to.write(data)
                await to.drain()
            if self.bandwidth:
                await asyncio.sleep(began + passed / self.bandwidth - loop.time())


@contextmanager
def proxy(upstream: str, kind: Callable[[str, str], str] = s3_kind) -> Iterator[Proxy]:
    """A proxy before the server at ``upstream``; ``server`` is what clients talk to."""
    made = Proxy(upstream, kind)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="corral-test-proxy", daemon=True)
    thread.start()

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=_PIECE)

    async def stop() -> None:
        listening.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    made.server = Server(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", 0)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _head(source: asyncio.StreamReader) -> _Head:
    """The next message's head. Expectations are met here, so they are not passed on."""
    while True:
        raw = await source.readuntil(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        words = lines[0].split(" ")
        if words[0].startswith("HTTP/") and words[1] == "100":
            continue
        kept = [line for line in lines if not line.lower().startswith("expect:")]
        return _Head("\r\n".join(kept).encode("latin-1"), words, headers)


def _dated(head: bytes, skew: float) -> bytes:
    now = formatdate(time.time() + skew, usegmt=True).encode()
    return re.sub(rb"(?im)^date: .*(?=\r$)", b"Date: " + now, head)


def _answer(status: str, code: str, method: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>by the test's proxy</Message></Error>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return head if method == "HEAD" else head + body
