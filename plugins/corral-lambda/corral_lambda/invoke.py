"""Calls a version of a function: an event there, the worker's reply back, or one of the core's errors.

Through aiobotocore, which s3fs brings: it signs, finds the endpoint and renews credentials as boto3 does, and one
thread holds a thousand calls. It retries nothing here; the core decides what is tried again.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from corral_core.errors import CorralError, ExecutorUnavailable, Throttled, WorkerLost
from corral_core.remote.exchange import Exchange
from corral_core.remote.probing import probe_file
from corral_core.remote.sockets import kept_alive
from corral_core.remote.waiting import pauses
from corral_lambda.failures import call_failure, function_failure
from corral_lambda.quotas import PAYLOAD_BYTES
from corral_lambda.report import Usage, parse_report
from corral_lambda.wire import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["Caller"]

_CONNECT_SECONDS = 10
_SPARE_SECONDS = 60
"""How much longer than the function's own limit an answer may take: for a start, and for the way."""


class Caller:
    """Calls one version.

    :param work: the run's folder, for messages that are too large to travel; empty for none.
    :param timeout: the function's own, in seconds.
    :param limit: calls in flight at once, each with a connection of its own.
    :param new_rights: wait, on connecting, until the function may read the run's folder.
    """

    def __init__(
        self,
        function: str,
        version: str,
        *,
        region: str,
        work: str,
        timeout: int,
        limit: int,
        new_rights: bool = False,
    ) -> None:
        self._new_rights = new_rights
        self._target = {"FunctionName": function, "Qualifier": version}
        self._region, self._work, self._timeout, self._limit = region, work, timeout, limit
        self._exchange = Exchange(work, PAYLOAD_BYTES, "Lambda")
        self.usage = Usage()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        """A client, and what calls with it."""
        from aiobotocore.config import AioConfig
        from aiobotocore.session import get_session

        config = AioConfig(
            retries={"total_max_attempts": 1},
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=self._timeout + _SPARE_SECONDS,
            max_pool_connections=self._limit,
            connector_args={"socket_factory": kept_alive},
            user_agent_extra="corral",
        )
        async with get_session().create_client("lambda", region_name=self._region, config=config) as client:
            if self._new_rights and self._work:
                await self._await_rights(client)
            yield partial(self.call, client)

    async def call(self, client: Any, payload: bytes) -> bytes:
        """The reply to a task's payload.

        :raises CorralError: one of the closed set, or a MessageError.
        """
        message = await self._exchange.outgoing(payload)
        event = packed(message) | ({"work": self._work} if self._work else {})
        return await self._exchange.incoming(unpacked(await self.event(client, event)))

    async def event(self, client: Any, event: dict[str, str]) -> dict[str, str]:
        """What the handler answers to one event."""
        from botocore import exceptions as sdk

        try:
            answer = await client.invoke(**self._target, LogType="Tail", Payload=msgspec.json.encode(event))
            body = await answer["Payload"].read()
        except sdk.ClientError as error:
            raise _refused(error) from error
        except sdk.ConnectionError as error:
            raise ExecutorUnavailable(f"Lambda can't be reached: {error}") from error
        except (sdk.BotoCoreError, OSError) as error:
            raise WorkerLost(f"the connection to Lambda broke before the answer came: {error}") from error
        return self._answered(answer, body)

    async def _await_rights(self, client: Any) -> None:
        """Let no task fail for rights that IAM has yet to tell S3 of."""
        said = ""
        path = await asyncio.to_thread(probe_file, self._work)
        for _, pause in pauses():
            try:
                said = (await self.event(client, {"probe": path}))["probed"]
            except (Throttled, WorkerLost) as error:  # a key service may not know the role yet either
                said = str(error)
            if not said:
                return
            await asyncio.sleep(pause)
        raise ExecutorUnavailable(f"the function may not read {self._work}, though its role allows it: {said}")

    def _answered(self, answer: dict[str, Any], body: bytes) -> dict[str, str]:
        tail = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        report = parse_report(tail)
        self.usage.add(report)
        try:
            found: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise WorkerLost(f"the function's answer is cut or damaged: {error}") from error
        if "FunctionError" in answer:
            raise function_failure(found, report, tail)
        return found


def _refused(error: Any) -> CorralError:
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return call_failure(str(said.get("Code", "")), str(said.get("Message", error)), status)
