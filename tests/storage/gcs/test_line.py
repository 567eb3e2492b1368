"""The threads that a line to GCS holds."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.gcs.line import Line, Request

if TYPE_CHECKING:
    from corral_core.testing.servers import Server

pytestmark = pytest.mark.servers


def test_many_requests_at_once_take_two_threads_and_close_ends_both(gcs: Server) -> None:
    before = set(threading.enumerate())
    line = Line(emulated=True)

    async def ask_many() -> None:
        request = Request("LIST", "GET", f"{gcs.url}/storage/v1/b/bucket/o")
        await asyncio.gather(*(line.ask(request, whole=True) for _ in range(50)))

    try:
        asyncio.run_coroutine_threadsafe(ask_many(), line.loop).result()
        own = set(threading.enumerate()) - before
        assert sorted(thread.name for thread in own) == ["corral-gcs", "corral-gcs-helper_0"]
    finally:
        line.close()
    assert not any(thread.is_alive() for thread in own)
