"""Where access tokens come from, and that they are renewed before they expire."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from unittest.mock import patch

import aiohttp
import pytest

from corral_core.storage.gcs.tokens import tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.servers


@pytest.fixture
def metadata() -> Iterator[list[int]]:
    """A metadata server whose tokens are good for as many seconds as the list says; each is another one."""
    seconds = [3600]
    numbers = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.headers["Metadata-Flavor"] == "Google"
            body = json.dumps({"access_token": f"token {next(numbers)}", "expires_in": seconds[0]}).encode()
            self.send_response(200 if good else 403)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of the method it overrides)
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        variables = {"K_SERVICE": "fn", "GCE_METADATA_HOST": f"127.0.0.1:{server.server_port}"}
        with patch.dict(os.environ, variables):
            os.environ.pop("GOOGLE_APPLICATION_CREDENTIALS", None)
            yield seconds
        server.shutdown()
        thread.join()


def tokens(*, renewed: bool = False) -> list[str]:
    async def ask() -> list[str]:
        async with aiohttp.ClientSession() as http:
            source = tokens_for(http, emulated=False)
            return [await source.token(renewed=renewed) for _ in range(3)]

    return asyncio.run(ask())


def test_a_function_asks_the_metadata_server_once(metadata: list[int]) -> None:
    assert tokens() == ["token 1"] * 3


def test_a_token_is_renewed_some_minutes_before_it_expires(metadata: list[int]) -> None:
    metadata[0] = 200
    assert tokens() == ["token 1", "token 2", "token 3"]


def test_a_token_that_was_refused_is_not_given_again(metadata: list[int]) -> None:
    assert tokens(renewed=True) == ["token 1", "token 2", "token 3"]
