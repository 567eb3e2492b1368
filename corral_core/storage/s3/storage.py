"""``s3://`` and ``s3a://``: the Storage contract in requests to S3.

What each costs: a look at a file is one HEAD, a listing one LIST for a thousand names, a read one GET for each range
(:mod:`~corral_core.storage.objects.reading`) and no look before it, a small file one PUT, a large one its parts and two
more (:mod:`~corral_core.storage.s3.writing`), removing a thousand files one request. Workers never list.
"""

from __future__ import annotations

import errno
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.storage.api import ByteRange, FileInfo
from corral_core.storage.objects.api import Page, place_of
from corral_core.storage.objects.storage import ObjectStorage, prefix_of
from corral_core.storage.remote import check_scheme
from corral_core.storage.s3.client import Client, version_of
from corral_core.storage.s3.errors import os_error, s3_errors
from corral_core.storage.s3.prices import BILLED, PRICES
from corral_core.storage.s3.writing import PART, Upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from corral_core.diagnosis import Finding

__all__ = ["S3Storage"]

_BATCH = 1000
"""Keys in one request to remove them: S3's limit as of 2026."""
_BATCHES = 4
"""Such requests on their way at once."""


class S3Storage(ObjectStorage):
    """Objects of S3, and of what speaks its language.

    :raises InputError: when s3fs is missing.
    """

    schemes: ClassVar[tuple[str, ...]] = ("s3", "s3a")
    prices = PRICES
    billed = BILLED
    exclusive = True

    def __init__(self, scheme: str = "s3") -> None:
        super().__init__(scheme)
        check_scheme(scheme)
        self.client: Client = Client(scheme)

    def stat(self, path: str) -> FileInfo:
        path = self.normalize(path)
        key = place_of(path)[1]
        if not key:
            raise FileNotFoundError(errno.ENOENT, "a bucket, not a file", path)
        try:
            found = self.client.call(path, "head_object", Key=key)
        except FileNotFoundError:
            raise
        except OSError:
            next(self.read_ranges([ByteRange(path, 0, 1)]))  # whose answer has a body, which says why
            raise
        return FileInfo(path, int(found["ContentLength"]), version_of(found))

    def upload(self, path: str, *, exclusive: bool) -> Upload:
        return Upload(self.client, path, exclusive=exclusive)

    def asked_to_write(self, size: int) -> dict[str, int]:
        return {"PUT": 1} if size <= PART else {"UPLOAD": 2, "PART": -(-size // PART)}

    def delete(self, paths: Iterable[str]) -> None:
        flying: deque[tuple[str, Future[Any]]] = deque()
        for some in _batches(paths):
            while len(flying) >= _BATCHES:
                _deleted(*flying.popleft())
            objects = {"Objects": [{"Key": place_of(path)[1]} for path in some], "Quiet": True}
            sending = self.client.send(some[0], "delete_objects", Delete=objects)
            flying.append((some[0], self.client.start(sending)))
        while flying:
            _deleted(*flying.popleft())

    def diagnose(self, path: str) -> Iterable[Finding]:
        from corral_core.storage.s3.diagnosis import findings

        return findings(Client(self.scheme, retries=False), path)

    def abort_uploads(self, path: str) -> int:
        path = self.normalize(path)
        found: list[dict[str, Any]] = []
        with suppress(FileNotFoundError):  # rclone's answer when there is none
            for page in self.client.pages(path, "list_multipart_uploads", Prefix=place_of(path)[1]):
                found += page.get("Uploads", ())
        ours = [upload for upload in found if f"{upload['Key']}/".startswith(prefix_of(path))]
        for upload in ours:
            with suppress(FileNotFoundError):  # ended since
                self.client.call(path, "abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
        return len(ours)

    def pages(self, path: str, prefix: str, *, flat: bool) -> Iterator[Page]:
        delimiter = {} if flat else {"Delimiter": "/"}
        for answer in self.client.pages(path, "list_objects_v2", Prefix=prefix, **delimiter):
            files = [
                FileInfo(self.path_of(path, found["Key"]), int(found["Size"]), version_of(found))
                for found in answer.get("Contents", ())
            ]
            yield Page(files, [found["Prefix"] for found in answer.get("CommonPrefixes", ())])


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """Paths of one bucket, as many as one request takes."""
    by_bucket: dict[str, list[str]] = {}
    for path in paths:
        some = by_bucket.setdefault(place_of(path)[0], [])
        some.append(path)
        if len(some) == _BATCH:
            yield by_bucket.pop(place_of(path)[0])
    yield from by_bucket.values()


def _deleted(path: str, future: Future[dict[str, Any]]) -> None:
    with s3_errors(path):
        answer = future.result()
    for failure in answer.get("Errors", ()):
        bucket = path.removesuffix(place_of(path)[1])
        raise os_error(failure.get("Code", ""), failure.get("Message", ""), bucket + failure.get("Key", ""))
