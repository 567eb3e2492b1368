"""A connection to S3: s3fs's session on fsspec's loop, with its calls made as S3 has them.

s3fs finds credentials, profiles, regions and endpoints as all of AWS's tools do, and takes its options from fsspec's
configuration files. Its file objects are not used: they ask for an object's size before each read, send the parts of
an upload one after the other, and leave keys out of account that look like its own notation (``?versionId=``).
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from corral_core.storage.objects.api import Answer, changed, place_of
from corral_core.storage.requests import count
from corral_core.storage.s3.errors import code_of, s3_errors

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

__all__ = ["Client", "version_of"]

ATTEMPTS = 5
"""How often botocore makes a request that fails, in its standard mode: with jitter, 7 s on average, which is as long as
a user without a network should wait."""
ROUNDS = 3
"""How often s3fs begins anew when the last answer was SlowDown, or the connection was cut: S3 takes a while to divide
a prefix that is in demand."""

_KINDS = {
    "GetObject": "GET",
    "HeadObject": "HEAD",
    "HeadBucket": "HEAD",
    "ListObjectsV2": "LIST",
    "ListMultipartUploads": "LIST",
    "PutObject": "PUT",
    "UploadPart": "PART",
    "CreateMultipartUpload": "UPLOAD",
    "CompleteMultipartUpload": "UPLOAD",
    "AbortMultipartUpload": "DELETE",
    "DeleteObject": "DELETE",
    "DeleteObjects": "DELETE",
}

_NEXT = {
    "ContinuationToken": "NextContinuationToken",
    "KeyMarker": "NextKeyMarker",
    "UploadIdMarker": "NextUploadIdMarker",
}
"""What the next page's request takes from this page's answer."""


class Client:
    """Calls S3, from any thread. Connects with the first call.

    :param retries: whether what fails is tried again.
    """

    def __init__(self, scheme: str, *, retries: bool = True) -> None:
        self._scheme = scheme
        self._retries = retries
        self._lock = threading.Lock()
        self._made: Any = None
        self._counting: Any = None

    def start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Let a coroutine run on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._fs().loop)

    def call(self, path: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One request about a path, answered. ``Bucket`` is added.

        :raises OSError: as the Storage contract says.
        """
        with s3_errors(path):
            answer: dict[str, Any] = self.start(self.send(path, operation, **parameters)).result()
            return answer

    def pages(self, path: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The answers to a request for a list, which come in pages of a thousand."""
        more = True
        while more:
            page = self.call(path, operation, **parameters)
            yield page
            more = bool(page.get("IsTruncated"))
            parameters |= {name: page[following] for name, following in _NEXT.items() if page.get(following)}

    async def send(self, path: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The same within the loop; errors are s3fs's."""
        bucket, _ = place_of(path)
        fs = self._fs()
        session = await fs.set_session()  # connects, or does nothing
        if session is not self._counting:
            self._counting = session
            session.meta.events.register("before-send.s3", _count)
        answer: dict[str, Any] = await fs._call_s3(operation, Bucket=bucket, **parameters)
        return answer

    async def get(self, path: str, start: int, stop: int, version: str) -> Answer | None:
        """As :class:`corral_core.storage.objects.api.Client` says; the version is the object's ETag."""
        condition = {"IfMatch": f'"{version}"'} if version else {}
        wanted = {"Key": place_of(path)[1], "Range": f"bytes={start}-{stop - 1}"}
        try:
            found = await self.send(path, "get_object", **wanted, **condition)
        except OSError as error:
            code = code_of(error)
            if code in {"PreconditionFailed", "412"}:
                raise changed(path) from error
            if code in {"InvalidRange", "416"}:
                return None
            raise
        return Answer(found.get("ContentRange", ""), version_of(found), found["Body"])

    def errors(self, path: str) -> AbstractContextManager[None]:
        """Raises what is raised inside as the Storage contract says."""
        return s3_errors(path)

    def credentials_method(self, path: str) -> str | None:
        """How botocore has found its credentials, in its own word; None when there are none.

        :raises OSError: when their source fails.
        """
        with s3_errors(path):
            found: str | None = self.start(self._method()).result()
            return found

    async def _method(self) -> str | None:
        fs = self._fs()
        await fs.set_session()
        if fs.anon or fs.key:  # said in fsspec's configuration
            return "anonymous" if fs.anon else "explicit"
        found = await fs.session.get_credentials()
        return str(found.method) if found else None

    def _fs(self) -> Any:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def _make(self) -> Any:
        import fsspec  # type: ignore[import-untyped]  # (fsspec ships no types)

        options = {
            "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS if self._retries else 1},
            "max_pool_connections": 64,
            "read_timeout": 60,  # completing an upload of thousands of parts takes S3 longer than s3fs's 15 s
        }
        fs = fsspec.filesystem(self._scheme, config_kwargs=options, skip_instance_cache=True)
        fs.retries = ROUNDS if self._retries else 1
        return fs


def version_of(found: dict[str, Any]) -> str:
    """The ETag of what S3 found; some stores quote it, some do in one answer and not in another."""
    return str(found.get("ETag", "")).strip('"')


def _count(event_name: str, **_: Any) -> None:
    operation = event_name.rpartition(".")[2]
    count(_KINDS.get(operation, operation))
