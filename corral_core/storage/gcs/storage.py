"""``gs://`` and ``gcs://``: the Storage contract in requests to Google Cloud Storage.

What each costs: a look at a file is one request, a listing one for a thousand names, a read one for each range
(:mod:`~corral_core.storage.objects.reading`) and no look before it, a small file one, a large one its chunks and one
more (:mod:`~corral_core.storage.gcs.writing`), a removal one, many of them at once. Workers never list.
"""

from __future__ import annotations

import errno
import json
from collections import deque
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.errors import InputError
from corral_core.storage.api import FileInfo
from corral_core.storage.gcs.client import Client
from corral_core.storage.gcs.line import Request
from corral_core.storage.gcs.prices import BILLED, PRICES
from corral_core.storage.gcs.writing import CHUNK, Upload
from corral_core.storage.objects.api import Page, place_of
from corral_core.storage.objects.storage import ObjectStorage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from corral_core.diagnosis import Finding

__all__ = ["GCSStorage"]

PAGE = 1000
"""Names in one answer to a listing: GCS's limit as of 2026."""
_REMOVALS = 64
"""Requests to remove an object that are on their way at once."""
_NOTHING_THERE = (HTTPStatus.NOT_FOUND,)


class GCSStorage(ObjectStorage):
    """Objects of Google Cloud Storage.

    :raises InputError: when the packages for it are missing.
    """

    schemes: ClassVar[tuple[str, ...]] = ("gs", "gcs")
    prices = PRICES
    billed = BILLED
    exclusive = True

    def __init__(self, scheme: str = "gs") -> None:
        super().__init__(scheme)
        if find_spec("aiohttp") is None:
            raise InputError(f"{scheme}:// paths need packages that are not installed: pip install 'corral-core[gcs]'")
        self.client: Client = Client()

    def stat(self, path: str) -> FileInfo:
        path = self.normalize(path)
        if not place_of(path)[1]:
            raise FileNotFoundError(errno.ENOENT, "a bucket, not a file", path)
        look = Request("HEAD", "GET", self.client.object_url(path), params={"fields": "size,generation"})
        return _file_info(path, json.loads(self.client.call(path, look).body))

    def upload(self, path: str, *, exclusive: bool) -> Upload:
        return Upload(self.client, path, exclusive=exclusive)

    def asked_to_write(self, size: int) -> dict[str, int]:
        return {"PUT": 1} if size <= CHUNK else {"UPLOAD": 1, "PART": -(-size // CHUNK)}

    def diagnose(self, path: str) -> Iterable[Finding]:
        from corral_core.storage.gcs.diagnosis import findings

        return findings(self.client, path)

    def delete(self, paths: Iterable[str]) -> None:
        flying: deque[tuple[str, Future[Any]]] = deque()
        for path in paths:
            while len(flying) >= _REMOVALS:
                self._deleted(*flying.popleft())
            removal = Request("DELETE", "DELETE", self.client.object_url(path), _NOTHING_THERE)
            flying.append((path, self.client.start(self.client.send(removal))))
        while flying:
            self._deleted(*flying.popleft())

    def pages(self, path: str, prefix: str, *, flat: bool) -> Iterator[Page]:
        bucket = f"{self.scheme}://{place_of(path)[0]}"
        fields = "items(name,size,generation),prefixes,nextPageToken"
        params = {"prefix": prefix, "maxResults": str(PAGE), "fields": fields} | ({} if flat else {"delimiter": "/"})
        more: str | None = ""
        while more is not None:
            asked = params | ({"pageToken": more} if more else {})
            answer = self.client.call(bucket, Request("LIST", "GET", self.client.bucket_url(path), params=asked))
            found: dict[str, Any] = json.loads(answer.body)
            files = [_file_info(f"{bucket}/{item['name']}", item) for item in found.get("items") or ()]
            yield Page(files, found.get("prefixes") or ())
            more = found.get("nextPageToken")

    def _deleted(self, path: str, future: Future[Any]) -> None:
        with self.client.errors(path):
            future.result()


def _file_info(path: str, found: dict[str, Any]) -> FileInfo:
    return FileInfo(path, int(found["size"]), str(found["generation"]))
