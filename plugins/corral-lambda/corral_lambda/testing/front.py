"""The stack's one address: every call is noted, invocations are answered here, and all else by moto.

::

    boto3, s3fs ──► Front ──► moto           Lambda, IAM, STS, CloudWatch Logs
                      │
                      └─────► Invoker ──► Pool ──► Environment ...
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from corral_core.testing.invoke_faults import InvokeFaults
from corral_lambda.testing.answers import Answer
from corral_lambda.testing.calls import Call, identify
from corral_lambda.testing.delays import Delays
from corral_lambda.testing.rights import Account
from corral_lambda.testing.uploads import UPLOADS

if TYPE_CHECKING:
    from corral_lambda.testing.invoke import Invoker
    from corral_lambda.testing.logs import Logs
    from corral_lambda.testing.moto import Moto
    from corral_lambda.testing.uploads import Uploads

__all__ = ["Front"]

_MOST_BODY = 2**27
"""Bytes; Lambda's own limits, which are lower, are answered in Lambda's own words."""


class Front:
    """What a test sees of the stack's calls; it may change faults, delays and rights while calls come."""

    def __init__(self, moto: Moto, invoker: Invoker, uploads: Uploads, logs: Logs) -> None:
        self.calls: list[Call] = []
        self.faults = InvokeFaults()
        self.delays = Delays()
        self.account = Account()
        self._moto = moto
        self._invoker = invoker
        self._uploads = uploads
        self._logs = logs

    async def start(self) -> tuple[web.AppRunner, str]:
        """Listen; the runner ends it."""
        application = web.Application(client_max_size=_MOST_BODY)
        application.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"

    def reset(self) -> None:
        """No calls noted, no faults, no delays, all rights."""
        self.calls.clear()
        self.faults = InvokeFaults()
        self.delays = Delays()
        self.account = Account()

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        call = identify(
            request.method, request.rel_url.raw_path, request.rel_url.raw_query_string, request.headers, body
        )
        self.calls.append(call)
        answer = await self._answer(call, request, body)
        if answer is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        call.status = answer.status
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _answer(self, call: Call, request: web.Request, body: bytes) -> Answer | None:
        """What to say; None to hang up."""
        if own := self.delays.refuse(call) or self.account.answer(call, self._invoker.pool.concurrency):
            return own
        if call.operation == "Invoke":
            return await self._invoke(call, request, body)
        if call.operation in UPLOADS:
            taken = await self._uploads.take(body)
            if isinstance(taken, Answer):
                return taken
            body = taken
        if call.service == "logs":
            await self._logs.bring()
        answer = await self._moto.forward(request.method, request.raw_path, request.headers, body)
        if call.service == "lambda" and call.changes:
            self._invoker.forget()
        return self.delays.note(call, answer)

    async def _invoke(self, call: Call, request: web.Request, payload: bytes) -> Answer | None:
        fault = call.fault = self.faults.next(call.parameters["FunctionName"], payload)
        await asyncio.sleep(self.faults.delay)
        if fault == "cut":
            return None
        answer = await self._invoker.answer(call, request.headers, payload, fault)
        return None if fault == "lose" else answer
