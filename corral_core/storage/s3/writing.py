"""Writing to S3: a small object in one request, a large one in parts, several of them on their way.

::

    write() ──► held ──► part 1, part 2, part 3 ──► complete
                 │       (on their way at once)     (seen whole from here on)
                 └─────► put, if nothing had to go before the end

At most :data:`FLYING` parts and the one that fills are in memory, twice on their way through the connection: 64 MiB.
A failed write aborts its upload.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from corral_core.storage.objects.api import place_of
from corral_core.storage.objects.writing import MARK, ObjectWriter
from corral_core.storage.s3.errors import code_of, s3_errors

if TYPE_CHECKING:
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from corral_core.storage.objects.writing import Refusal
    from corral_core.storage.s3.client import Client

__all__ = ["FLYING", "PART", "Upload"]

PART = 8 * 2**20
"""Bytes in a part, and in an object that goes as one request, at most. S3 takes 10,000 parts of 5 MiB or more each (as
of 2026); they grow every 2,000, so this reaches 234 GiB."""
FLYING = 3
"""Parts on their way."""

_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class Upload(ObjectWriter):
    """An object of S3 that is being written."""

    def __init__(self, client: Client, path: str, *, exclusive: bool) -> None:
        super().__init__(path, exclusive=exclusive)
        self._client, self._key = client, place_of(path)[1]
        self._condition = {"IfNoneMatch": "*"} if exclusive else {}
        self._upload = ""
        self._sent = 0
        self._flying: deque[Future[dict[str, Any]]] = deque()
        self._parts: list[dict[str, Any]] = []

    def abort(self) -> None:
        self._held = bytearray()
        for flying in self._flying:
            flying.cancel()
        for flying in self._flying:
            with suppress(BaseException):  # a part that arrives after the end would be kept, and billed
                flying.result()
        if self._upload:
            with suppress(OSError):  # the error that led here is the one to tell; `abort_uploads` removes the rest
                self._call("abort_multipart_upload", UploadId=self._upload)

    def _finish(self) -> None:
        if not self._upload:
            self._call("put_object", Body=bytes(self._held), Metadata={MARK: self._mark}, **self._condition)
            return
        self._send_part()
        while self._flying:
            self._landed()
        whole = {"Parts": self._parts}
        self._call("complete_multipart_upload", UploadId=self._upload, MultipartUpload=whole, **self._condition)

    def _part_size(self) -> int:
        return PART * (1 + self._sent // 2000)

    def _send_part(self) -> None:
        if not self._upload:
            self._upload = self._call("create_multipart_upload", Metadata={MARK: self._mark})["UploadId"]
        while len(self._flying) >= FLYING:  # when there is room in flight
            self._landed()
        body, self._held = bytes(self._held), bytearray()
        self._sent += 1
        part = {"Key": self._key, "UploadId": self._upload, "PartNumber": self._sent, "Body": body}
        self._flying.append(self._client.start(self._client.send(self._path, "upload_part", **part)))

    def _landed(self) -> None:
        """Wait for the oldest part."""
        with s3_errors(self._path):
            answer = self._flying.popleft().result()
        sums = {name: answer[name] for name in answer if name.startswith("Checksum") and name != "ChecksumType"}
        self._parts.append({"PartNumber": len(self._parts) + 1, "ETag": answer["ETag"], **sums})

    def _errors(self) -> AbstractContextManager[None]:
        return s3_errors(self._path)

    def _refusal(self, error: OSError) -> Refusal:
        code = code_of(error.__cause__ or error)
        return "taken" if code in _TAKEN else "gone" if code == "NoSuchUpload" else ""

    def _is_ours(self) -> bool:
        with suppress(OSError):
            return bool(self._call("head_object")["Metadata"].get(MARK) == self._mark)
        return False

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._client.call(self._path, operation, Key=self._key, **parameters)
