"""A connection to GCS: requests of its JSON API, from any thread.

Not through gcsfs: that imports Google's gRPC clients, which double a cold start and triple a bundle, for requests that
are plain HTTP (docs/explanation/decisions.md).
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from corral_core.storage.gcs.errors import gcs_errors
from corral_core.storage.gcs.line import Line, Request
from corral_core.storage.objects.api import Answer, changed, place_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    import aiohttp

__all__ = ["Client", "Response"]

_HOST = "https://storage.googleapis.com"
_NO_RANGE = (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, HTTPStatus.PRECONDITION_FAILED)


@dataclass(frozen=True, slots=True)
class Response:
    """What GCS answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Calls GCS, or what ``STORAGE_EMULATOR_HOST`` names. Connects with the first call: a process may fork before."""

    def __init__(self) -> None:
        host = os.environ.get("STORAGE_EMULATOR_HOST", "")
        self.emulated = bool(host)
        self.base = (host if "://" in host else f"http://{host}").rstrip("/") if host else _HOST
        self._lock = threading.Lock()
        self._connected: Line | None = None

    def object_url(self, path: str) -> str:
        """Where the JSON API has an object."""
        bucket, key = place_of(path)
        return f"{self.base}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(key, safe='')}"

    def bucket_url(self, path: str, api: str = "storage/v1") -> str:
        """Where it has the objects of a path's bucket."""
        return f"{self.base}/{api}/b/{quote(place_of(path)[0], safe='')}/o"

    def start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Let a coroutine run on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._line().loop)

    def call(self, path: str, request: Request, *, again: bool = True) -> Response:
        """One request about a path, answered.

        :param again: whether what fails is tried again.
        :raises OSError: as the Storage contract says.
        """
        with gcs_errors(path):
            answer: Response = self.start(self.send(request, again=again)).result()
            return answer

    def credentials_source(self, path: str) -> str | None:
        """Where credentials come from, for people; None when there are none.

        :raises OSError: when they can't be used.
        """
        tokens = self._line().tokens
        with gcs_errors(path):
            self.start(tokens.token()).result()
        return tokens.source if tokens.found else None

    async def send(self, request: Request, *, again: bool = True) -> Response:
        """The same within the loop.

        :param again: whether what fails is tried again.
        :raises Refused: when the answer is an error.
        """
        line = self._line()
        answer = await (line.ask if again else line.once)(request, whole=True)
        return Response(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, start: int, stop: int, version: str) -> Answer | None:
        """As :class:`corral_core.storage.objects.api.Client` says; the version is the object's generation."""
        params = {"alt": "media"} | ({"ifGenerationMatch": version} if version else {})
        # Or GCS would unpack what is stored packed, and no range of it would be what was asked for.
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "gzip"}
        request = Request("GET", "GET", self.object_url(path), _NO_RANGE, headers, params)
        answer = await self._line().ask(request, whole=False)
        if answer.status in _NO_RANGE:
            answer.close()
            if answer.status == HTTPStatus.PRECONDITION_FAILED:
                raise changed(path)
            return None
        found = answer.headers
        return Answer(found.get("Content-Range", ""), found.get("x-goog-generation", ""), _Body(answer))

    def errors(self, path: str) -> AbstractContextManager[None]:
        """Raises what is raised inside as the Storage contract says."""
        return gcs_errors(path)

    def _line(self) -> Line:
        with self._lock:
            if self._connected is None:
                self._connected = Line(emulated=self.emulated)
                weakref.finalize(self, self._connected.close)
            return self._connected


class _Body:
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def read(self, size: int, /) -> bytes:
        return await self._answer.content.read(size)

    def close(self) -> None:
        # The connection of one that has ended serves others; aiohttp has taken it back already.
        self._answer.close()
