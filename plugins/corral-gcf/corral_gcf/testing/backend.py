"""The stack's one address: every call is noted, and answered by the part that it is for.

::

    google-cloud-functions ──► Control ──► Functions (source, build, revision)
    the driver's invocations ──► Pool ──► Instance (functions-framework)
    google-auth ──► Identity: the token endpoint; and the metadata server, for functions
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from corral_core.testing.instances import Pool
from corral_core.testing.invoke_faults import InvokeFaults
from corral_gcf.testing.answers import Answer, api_error, found
from corral_gcf.testing.calls import Call, operation_of
from corral_gcf.testing.control import Control
from corral_gcf.testing.functions import SOURCES, UPLOADS, Functions
from corral_gcf.testing.identity import Identity
from corral_gcf.testing.instance import Instance, Place, Revision
from corral_gcf.testing.objects import Objects
from corral_gcf.testing.runtime import link_runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_core.testing.invoke_faults import InvokeFault

__all__ = ["Backend", "Options"]

MOST_BYTES = 32 * 2**20
"""Of a request and of its answer: https://cloud.google.com/run/quotas, November 2026."""
_MOST_BODY = 2**28
_TEXT = {"Content-Type": "text/html"}
_FAULTS = {
    "throttle": Answer(429, b"Rate exceeded.", _TEXT),
    "error": Answer(500, b"Internal Server Error", _TEXT),
    "bad_gateway": Answer(502, b"Bad Gateway", _TEXT),
    "unavailable": Answer(503, b"Service Unavailable", _TEXT),
}
_NO_INSTANCE = Answer(429, b"The request was aborted because there was no available instance.", _TEXT)


@dataclass(frozen=True)
class Options:
    """What a backend is made of."""

    folder: Path
    gcs: str
    """Where Cloud Storage is."""
    instances: int
    announce: Callable[[str], None]


class Backend:
    """Made and used in one event loop."""

    def __init__(self, options: Options) -> None:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        self.objects = Objects(options.gcs, self._http)
        self.calls: list[Call] = []
        self.faults = InvokeFaults()
        self.identity = Identity()
        for name in ("code", "instances"):
            (options.folder / name).mkdir()
        link_runtime(options.folder / "runtime")
        self.control = Control(Functions(self.objects, options.folder / "code", self._starts))
        self._variables: dict[str, str] = {}
        place = Place(
            runtime=options.folder / "runtime",
            code=options.folder / "code",
            scratch=options.folder / "instances",
            variables=self._variables,
            announce=options.announce,
            http=self._http,
        )
        self.pool: Pool[Revision, Instance] = Pool(
            lambda revision, number: Instance(revision, place, number), 1000, options.instances
        )
        self._busy: dict[str, int] = {}

    async def start(self, variables: Callable[[str], dict[str, str]]) -> str:
        """Listen.

        :param variables: gives functions' environment, from the address.
        :returns: the address.
        """
        application = web.Application(client_max_size=_MOST_BODY)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.control.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._variables.update(variables(self.control.url))
        return self.control.url

    async def reset(self, buckets: tuple[str, ...]) -> None:
        """An empty project but for these buckets, and nothing in the way."""
        self.pool.retire()
        self.control.reset()
        self.identity.seconds = 3600
        self.calls.clear()
        self.faults = InvokeFaults()
        await self.objects.empty()
        for name in (UPLOADS, SOURCES, *buckets):
            await self.objects.make_bucket(name)

    async def close(self) -> None:
        """End all."""
        await self._runner.cleanup()
        self.pool.close()
        await self._http.close()

    async def _serve(self, request: web.Request) -> web.Response:
        call = Call(operation_of(request.method, request.path), request.path)
        self.calls.append(call)
        answer = await self._answer(call, request, await request.read())
        if answer is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        call.status = answer.status
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _answer(self, call: Call, request: web.Request, body: bytes) -> Answer | None:
        """What to say; None to hang up."""
        authorization = request.headers.get("Authorization", "")
        if call.operation == "Invoke":
            return await self._invoke(call, request, body, authorization)
        if call.operation == "Token":
            return found(self.identity.exchanged((await request.post())["assertion"]))  # type: ignore[arg-type]  # (a form's text)
        if call.operation == "Metadata":
            token = {"access_token": "metadata", "expires_in": self.identity.seconds, "token_type": "Bearer"}
            answer = found(token)
            return Answer(answer.status, answer.body, answer.headers | {"Metadata-Flavor": "Google"})
        if call.operation == "Upload":
            if request.headers.get("Content-Type") != "application/zip" or authorization:
                return api_error(403, "The request signature we calculated does not match.")
            await self.objects.put(UPLOADS, call.name, body)
            return Answer(HTTPStatus.OK)
        if not call.operation:
            return api_error(404, f"This stack has no {request.method} {request.path}.")
        return await self.control.answer(call, dict(request.query), authorization, body)

    async def _invoke(self, call: Call, request: web.Request, payload: bytes, authorization: str) -> Answer | None:
        fault: InvokeFault = self.faults.next(call.name, payload)
        call.fault = fault
        await asyncio.sleep(self.faults.delay)
        if fault == "cut":
            return None
        if fault in _FAULTS:
            return _FAULTS[fault]
        answer = await self._run(call.name, request, payload, authorization)
        return None if fault == "lose" else answer

    async def _starts(self, revision: Revision) -> str:
        start = await self.pool.run(revision, Instance.start)
        return start.said if start else "There are too many instances."

    async def _run(self, service: str, request: web.Request, payload: bytes, authorization: str) -> Answer:
        revision = self.control.functions.revisions.get(service)
        if revision is None:
            return Answer(404, b"<html>The requested URL was not found on this server.</html>", _TEXT)
        if not self.identity.allows(authorization, f"{self.control.url}/f/{service}"):
            return Answer(401, b"<html>Your client does not have permission to the requested URL.</html>", _TEXT)
        if not self.control.may_invoke(service):
            return Answer(403, b"<html>Your client does not have permission to get URL from this server.</html>", _TEXT)
        if len(payload) > MOST_BYTES:
            return Answer(413, b"<html>Your client issued a request that was too large.</html>", _TEXT)
        if self._busy.get(service, 0) >= revision.most:
            return _NO_INSTANCE
        self._busy[service] = self._busy.get(service, 0) + 1
        try:
            run = await self.pool.run(revision, lambda instance: instance.invoke(request.headers, payload))
        finally:
            self._busy[service] -= 1
        if run is None:
            return _NO_INSTANCE
        return run.answer if len(run.answer.body) <= MOST_BYTES else _FAULTS["error"]
