"""A real server of GCS's API, one for all tests of a session, and a storage that talks to it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

import pytest
from aiohttp import web

from corral_core.storage.gcs.storage import GCSStorage
from corral_core.testing.faults import gcs_kind
from corral_core.testing.loop import LoopThread
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import ask, gcs_environment, gcs_server, in_environment

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from corral_core.testing.proxy import Proxy
    from corral_core.testing.servers import Server


@pytest.fixture(scope="session")
def gcs() -> Iterator[Server]:
    with gcs_server("bucket") as server:
        yield server


@pytest.fixture
def network(gcs: Server) -> Iterator[Proxy]:
    """A proxy before the server, which this process's storages talk to."""
    with proxy(gcs.url, gcs_kind) as made, in_environment(gcs_environment(made.server.url)):
        ask(f"{gcs.url}/_internal/config", "PUT", {"externalUrl": made.server.url})  # where chunks are sent
        yield made


@pytest.fixture
def storage() -> GCSStorage:
    return GCSStorage()


@pytest.fixture
def base() -> str:
    return f"gs://bucket/{uuid4()}"


class Resumable:
    """Uploads in chunks as GCS's documentation has them, with answers that get lost: no server that runs here keeps
    this part of the protocol.

    https://cloud.google.com/storage/docs/performing-resumable-uploads, November 2026
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.sessions: dict[str, bytes] = {}
        self.chance: random.Random | None = None
        """Decides which chunks fail, and how much of them is kept; None: none fails."""
        self.failures = 0

    async def start(self) -> web.AppRunner:
        application = web.Application(client_max_size=2**28)
        application.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.method == "POST":
            name = json.loads(body)["name"]
            self.sessions[name] = b""
            return web.Response(headers={"Location": str(request.url.with_query(session=name))})
        name = request.query["session"]
        if request.method == "DELETE":
            return web.Response(status=499 if self.sessions.pop(name, None) is not None else 404)
        return self._chunk(name, request.headers["Content-Range"], body)

    def _chunk(self, name: str, span: str, body: bytes) -> web.Response:
        found = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", span)
        assert found is not None, span
        kept = self.sessions[name]
        if body:
            assert int(found[1]) == len(kept), "bytes were sent twice, or left out"
            assert int(found[2]) == len(kept) + len(body) - 1
            kept = self.sessions[name] = kept + self._arrived(body)
        if found[3] == str(len(kept)):
            self.objects[name] = kept
        if body and self.chance and self.chance.random() < 0.3:
            self.failures += 1
            return web.Response(status=503)
        if name in self.objects:
            return web.json_response({"generation": "1"})
        return web.Response(status=308, headers={"Range": f"bytes=0-{len(kept) - 1}"} if kept else {})

    def _arrived(self, body: bytes) -> bytes:
        if self.chance is None or self.chance.random() < 0.5:
            return body
        return body[: self.chance.choice([0, 100_000, len(body)])]


@pytest.fixture
def resumable() -> Iterator[Resumable]:
    """What this process's storages upload to."""
    server, loop = Resumable(), LoopThread("corral-test-resumable")
    runner = loop.run(server.start())
    with patch.dict(os.environ, gcs_environment(f"http://127.0.0.1:{runner.addresses[0][1]}")):
        yield server
    loop.run(runner.cleanup())
    loop.close()
