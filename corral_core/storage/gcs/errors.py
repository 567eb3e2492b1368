"""What GCS and the way to it answer when something is wrong, as an ``OSError`` that says what to do."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from corral_core.errors import CorralError, reason_of
from corral_core.storage.gcs.tokens import NO_CREDENTIALS
from corral_core.storage.objects.api import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Refused", "gcs_errors"]

_BUSY = "the store kept asking for fewer requests: lower maxConcurrency, or try again later"


class Refused(Exception):
    """An answer that is no success.

    :param body: the JSON of GCS's errors, or what a gateway gave in its place.
    :param anonymous: whether the request was made without credentials, since there are none.
    :param date: the answer's, from its header.
    """

    def __init__(self, status: int, body: bytes, *, anonymous: bool = False, date: str | None = None) -> None:
        self.status, self.anonymous, self.date = status, anonymous, date
        self.message = _message(body)
        super().__init__(f"{status}: {self.message}")


@contextmanager
def gcs_errors(path: str) -> Iterator[None]:
    """Raise whatever the client raises inside as an ``OSError`` that names the path."""
    try:
        yield
    except CorralError:
        raise
    except Refused as error:
        raise _refusal(error, path) from error
    except Exception as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise _told(error, path) from error


def _refusal(error: Refused, path: str) -> OSError:
    status = error.status
    if status == HTTPStatus.NOT_FOUND:
        bucket, key = place_of(path)
        if not key or "bucket does not exist" in error.message:
            return FileNotFoundError(errno.ENOENT, f"there is no bucket {bucket}: check its name, or make it", path)
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        said = NO_CREDENTIALS if error.anonymous else f"access denied: {error.message}"
        return PermissionError(errno.EACCES, said, path)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return OSError(errno.EIO, _BUSY, path)
    return OSError(errno.EIO, f"GCS answered {error}", path)


def _told(error: Exception, path: str) -> OSError:
    import aiohttp

    if type(error).__module__.startswith("google.auth"):
        return PermissionError(
            errno.EACCES, f"Google does not accept the credentials: {' '.join(str(error).split())}; renew them", path
        )
    if isinstance(error, aiohttp.ClientConnectionError | TimeoutError):
        return OSError(errno.EHOSTUNREACH, f"the store can't be reached: {str(error) or 'no answer in time'}", path)
    if isinstance(error, aiohttp.ClientPayloadError):
        return OSError(errno.EIO, f"the store's answers broke off again and again: {error}", path)
    if isinstance(error, OSError):
        return OSError(error.errno or errno.EIO, reason_of(error), path)
    return OSError(errno.EIO, f"{type(error).__name__}: {error}", path)


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, TypeError, KeyError):
        return body[:200].decode("utf-8", "replace").strip() or "no reason given"
