"""Writing to GCS: a small object in one request, a large one in chunks of an upload that can be resumed.

::

    write() ──► held ──► chunk on its way ──► last chunk: seen whole from here on
                 └─────► one request, if nothing had to go before the end

One chunk is on its way while the next one fills: 32 MiB in memory. What a killed writer sent is not seen, not billed
and gone after a week.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from corral_core.storage.gcs import line
from corral_core.storage.gcs.errors import Refused, gcs_errors
from corral_core.storage.gcs.line import Request
from corral_core.storage.objects.api import place_of
from corral_core.storage.objects.writing import MARK, ObjectWriter

if TYPE_CHECKING:
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from corral_core.storage.gcs.client import Client, Response
    from corral_core.storage.objects.writing import Refusal

__all__ = ["CHUNK", "Upload"]

CHUNK = 16 * 2**20
"""Bytes in a chunk, and in an object that goes as one request, at most; a multiple of 256 KiB, as GCS asks."""

_INCOMPLETE, _CANCELLED = 308, 499
"""Statuses of GCS's own, for a chunk that is not the last and for an upload that is given up."""
_REFUSALS: dict[int, Refusal] = {
    HTTPStatus.PRECONDITION_FAILED: "taken",
    HTTPStatus.NOT_FOUND: "gone",
    HTTPStatus.GONE: "gone",
}
_RECEIVED = re.compile(r"bytes=0-(\d+)")


class Upload(ObjectWriter):
    """An object of GCS that is being written."""

    def __init__(self, client: Client, path: str, *, exclusive: bool) -> None:
        super().__init__(path, exclusive=exclusive)
        self._client = client
        self._condition = {"ifGenerationMatch": "0"} if exclusive else {}
        self._about = json.dumps({"name": place_of(path)[1], "metadata": {MARK: self._mark}}).encode()
        self._session = ""
        self._sent = 0
        self._flying: Future[None] | None = None

    def abort(self) -> None:
        self._held = bytearray()
        if self._flying is not None:
            self._flying.cancel()
        if self._session:
            with suppress(OSError):  # the error that led here is the one to tell, and the rest goes by itself
                self._client.call(self._path, Request("DELETE", "DELETE", self._session, (_CANCELLED,)))

    def _finish(self) -> None:
        if not self._session:
            headers, body = _related(self._about, bytes(self._held))
            self._begin("PUT", "multipart", headers, body)
            return
        self._landed()
        self._client.start(self._put(bytes(self._held), self._sent, self._sent + len(self._held))).result()

    def _part_size(self) -> int:
        return CHUNK

    def _send_part(self) -> None:
        if not self._session:
            headers = {"Content-Type": "application/json; charset=UTF-8"}
            self._session = self._begin("UPLOAD", "resumable", headers, self._about).headers["Location"]
        self._landed()  # GCS takes them one after the other
        body, self._held = bytes(self._held), bytearray()
        self._flying = self._client.start(self._put(body, self._sent))
        self._sent += len(body)

    def _begin(self, kind: str, upload: str, headers: dict[str, str], body: bytes) -> Response:
        url, params = self._client.bucket_url(self._path, "upload/storage/v1"), {"uploadType": upload}
        return self._client.call(self._path, Request(kind, "POST", url, (), headers, params | self._condition, body))

    def _landed(self) -> None:
        """Wait for the chunk that is on its way."""
        if self._flying is not None:
            with gcs_errors(self._path):
                self._flying.result()
            self._flying = None

    async def _put(self, body: bytes, start: int, total: int | None = None) -> None:
        """Send a chunk. After a failure GCS is asked how much of it has arrived, and gets the rest.

        :param total: bytes of the whole object, with the last chunk.
        """
        stop, at, failures = start + len(body), start, 0
        asking = False
        while True:
            span = "*" if asking else f"{at}-{stop - 1}"
            headers = {"Content-Range": f"bytes {span}/{'*' if total is None else total}"}
            data = b"" if asking else body[at - start :]
            request = Request("PART", "PUT", self._session, (_INCOMPLETE,), headers, data=data)
            try:
                answer = await self._client.send(request, again=False)
            except Exception as error:
                failures += 1
                if failures == line.ATTEMPTS or not line.passes(error):
                    raise
                await line.pause(failures)
                asking = True
                continue
            if answer.status != _INCOMPLETE:
                return
            at, asking = _received(answer), False
            if at >= stop and total is None:
                return
            if not start <= at <= stop:
                raise OSError(f"GCS has kept {at} bytes of an upload where bytes from {start} on were sent")

    def _errors(self) -> AbstractContextManager[None]:
        return gcs_errors(self._path)

    def _refusal(self, error: OSError) -> Refusal:
        return _REFUSALS.get(error.__cause__.status, "") if isinstance(error.__cause__, Refused) else ""

    def _is_ours(self) -> bool:
        look = Request("HEAD", "GET", self._client.object_url(self._path), params={"fields": "metadata"})
        with suppress(OSError):
            found = json.loads(self._client.call(self._path, look).body)
            return bool(found.get("metadata", {}).get(MARK) == self._mark)
        return False


def _received(answer: Response) -> int:
    """Bytes that GCS has kept so far."""
    found = _RECEIVED.match(answer.headers.get("Range", ""))
    return int(found[1]) + 1 if found else 0


def _related(about: bytes, content: bytes) -> tuple[dict[str, str], bytes]:
    """An object and what is to be known of it, as one body (RFC 2387)."""
    boundary = secrets.token_hex(16).encode()
    parts = [(b"application/json; charset=UTF-8", about), (b"application/octet-stream", content)]
    body = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (boundary, kind, data) for kind, data in parts)
    headers = {"Content-Type": f"multipart/related; boundary={boundary.decode()}"}
    return headers, body + b"--%b--\r\n" % boundary
