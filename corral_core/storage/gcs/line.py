"""A line to GCS: an HTTP session on a loop of its own, over which each request is made until its answer is one that
will not pass. GCS's advice on retries is followed: backoff with jitter, on the answers and failures that pass."""

from __future__ import annotations

import asyncio
import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from corral_core.storage.gcs.errors import Refused
from corral_core.storage.gcs.tokens import tokens_for
from corral_core.storage.requests import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from corral_core.storage.gcs.tokens import Tokens

__all__ = ["ATTEMPTS", "Line", "Request", "passes", "pause"]

ATTEMPTS = 6
"""How often a request is made at most: 8 s on average, which is as long as a user without a network should wait."""
_PASSES = {408, 429, 500, 502, 503, 504}
"""What may be well a moment later: https://cloud.google.com/storage/docs/retry-strategy, November 2026."""
_CONNECTIONS = 64
_READ_SECONDS = 60.0
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the JSON API."""

    kind: str
    """What :mod:`corral_core.storage.requests` counts."""
    method: str
    url: str
    also: tuple[int, ...] = ()
    """Statuses that are no error here."""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None


class Line:
    """Open from the start; :meth:`close` ends its thread."""

    tokens: Tokens
    _http: aiohttp.ClientSession

    def __init__(self, *, emulated: bool) -> None:
        self.loop = asyncio.new_event_loop()
        # aiohttp looks for a proxy in a helping thread, for every request: one is enough, and no more come later.
        self.loop.set_default_executor(ThreadPoolExecutor(1, thread_name_prefix="corral-gcs-helper"))
        self._emulated = emulated
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="corral-gcs", daemon=True)
        self._thread.start()
        self._ready.wait()

    async def ask(self, request: Request, *, whole: bool) -> aiohttp.ClientResponse:
        """The answer, its body read if it is wanted whole; asked for again while what goes wrong may pass.

        :raises Refused: when it is an error.
        """
        renewed = False
        for attempt in range(1, ATTEMPTS):
            try:
                return await self.once(request, whole=whole, renewed=renewed)
            except Exception as error:
                denied = isinstance(error, Refused) and error.status == HTTPStatus.UNAUTHORIZED
                renewed = denied and attempt == 1 and self.tokens.found
                if not renewed and not passes(error):
                    raise
            await pause(attempt)
        return await self.once(request, whole=whole)

    async def once(self, request: Request, *, whole: bool, renewed: bool = False) -> aiohttp.ClientResponse:
        """The same, asked for once.

        :param renewed: with another token than the last one, which was refused.
        """
        token = await self.tokens.token(renewed=renewed)
        headers = {"Accept-Encoding": "identity", **request.headers}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        count(request.kind)
        from yarl import URL

        url = URL(request.url, encoded=True)
        data = None if request.data is None else io.BytesIO(request.data)
        answer = await self._http.request(request.method, url, params=request.params, headers=headers, data=data)
        if answer.ok or answer.status in request.also:
            if whole:
                await answer.read()
            return answer
        date = answer.headers.get("Date")
        raise Refused(answer.status, await answer.read(), anonymous=not self.tokens.found, date=date)

    def close(self) -> None:
        """End the thread. Requests that are under way are given up."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)
            if threading.current_thread() is not self._thread:
                self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._open())
        self._ready.set()
        self.loop.run_forever()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        ends = asyncio.gather(*tasks, self._http.close(), return_exceptions=True)
        self.loop.run_until_complete(ends)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    async def _open(self) -> None:
        import aiohttp

        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS),
            auto_decompress=False,
            trust_env=True,
        )
        self.tokens = tokens_for(self._http, emulated=self._emulated)


def passes(error: Exception) -> bool:
    """Whether it may be well a moment later."""
    import aiohttp

    if isinstance(error, Refused):
        return error.status in _PASSES
    return isinstance(error, aiohttp.ClientError | TimeoutError)


async def pause(attempt: int) -> None:
    """Wait after an attempt that failed, the first being 1."""
    await asyncio.sleep(random.uniform(0, min(32.0, 0.5 * 2**attempt)))  # noqa: S311  (jitter, no secret)
