"""Calls a function: a message there, the worker's message back, or one of the core's errors.

Through aiohttp, one connection for each call in flight, used again and again. It retries nothing; the core decides what
is tried again.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from corral_core.errors import CorralError, ExecutorUnavailable, TaskTimeout, Throttled, UsageError, WorkerLost
from corral_core.remote.exchange import Exchange
from corral_core.remote.probing import probe_file
from corral_core.remote.sockets import kept_alive
from corral_core.remote.waiting import pauses
from corral_gcf.failures import call_failure
from corral_gcf.handler import PROBE, WORK
from corral_gcf.quotas import PAYLOAD_BYTES
from corral_gcf.tokens import IdTokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import aiohttp

__all__ = ["Caller", "Endpoint"]

_CONNECT_SECONDS = 10
_SPARE_SECONDS = 60
"""How much longer than the function's own limit an answer may take: for a start, and for the way."""
_PATIENCE = 300.0
"""Seconds until what Google's IAM was told is true everywhere: two minutes as a rule, seven or more at times
(https://cloud.google.com/iam/docs/access-change-propagation, November 2026)."""


@dataclass(frozen=True)
class Endpoint:
    """A function, as callers see it."""

    name: str
    url: str
    account: str
    """The service account that it runs as."""
    credentials: Any
    """Give ID tokens for it."""
    timeout: int
    """Its own, in seconds."""


class Caller:
    """Calls one function.

    :param work: the run's folder, for messages that are too large to travel; empty for none.
    :param limit: calls in flight at once, each with a connection of its own.
    :param fresh: wait, on connecting, until it can be called, and see that it may work in the run's folder.
    """

    def __init__(self, endpoint: Endpoint, *, work: str, limit: int, fresh: bool = False) -> None:
        self._endpoint, self._work, self._limit, self._fresh = endpoint, work, limit, fresh
        self._exchange = Exchange(work, PAYLOAD_BYTES, "Cloud Run")

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        """A session, and what calls with it."""
        import aiohttp

        total = self._endpoint.timeout + _SPARE_SECONDS
        self._tokens = IdTokens(self._endpoint.credentials)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._limit, socket_factory=kept_alive),
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=_CONNECT_SECONDS),
            trust_env=True,
        ) as http:
            if self._fresh and self._work:
                await self._await_rights(http)
            yield partial(self.call, http)

    async def call(self, http: aiohttp.ClientSession, payload: bytes) -> bytes:
        """The reply to a task's payload.

        :raises CorralError: one of the closed set, or a MessageError.
        """
        message = await self._exchange.outgoing(payload)
        return await self._exchange.incoming(await self._post(http, {WORK: quote(self._work)}, message))

    async def _post(self, http: aiohttp.ClientSession, about: dict[str, str], message: bytes) -> bytes:
        import aiohttp

        headers = {"Content-Type": "application/octet-stream", **about, **await self._tokens.header()}
        try:
            async with http.post(self._endpoint.url, data=io.BytesIO(message), headers=headers) as answer:
                body = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise ExecutorUnavailable(f"Cloud Run can't be reached: {error}") from error
        except TimeoutError as error:
            raise TaskTimeout(f"no answer came within {self._endpoint.timeout + _SPARE_SECONDS} s") from error
        except aiohttp.ClientError as error:
            raise WorkerLost(f"the connection to Cloud Run broke before the answer came: {error}") from error
        if answer.status != HTTPStatus.OK:
            raise call_failure(answer.status, body.decode("utf-8", "replace"), self._endpoint.name)
        return body

    async def _await_rights(self, http: aiohttp.ClientSession) -> None:
        """Let no task fail for a function or for rights that not all of Google knows of yet."""
        said: CorralError | None = None
        path = await asyncio.to_thread(probe_file, self._work)
        for _, pause in pauses(_PATIENCE):
            try:
                why = await self._post(http, {PROBE: quote(path)}, b"")
            except (ExecutorUnavailable, TaskTimeout, Throttled, WorkerLost) as error:
                said = error
                await asyncio.sleep(pause)
                continue
            if why:
                raise self._without_rights(why.decode("utf-8", "replace"))
            return
        raise ExecutorUnavailable(f"the function can't be called, though it is there: {said}") from said

    def _without_rights(self, why: str) -> UsageError:
        bucket = self._work.partition("://")[2].partition("/")[0]
        account = self._endpoint.account or "SERVICE_ACCOUNT"
        return UsageError(
            f"the function may not work in {self._work} ({why}): let it with gcloud storage buckets "
            f"add-iam-policy-binding gs://{bucket} --member serviceAccount:{account} --role roles/storage.objectUser"
        )
