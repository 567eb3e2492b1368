"""What S3 and the way to it answer when something is wrong, as an ``OSError`` that says what to do."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from corral_core.errors import CorralError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NO_CREDENTIALS", "code_of", "os_error", "s3_errors"]

NO_CREDENTIALS = (
    "no credentials: looked at AWS_ACCESS_KEY_ID, the profile in ~/.aws/credentials and ~/.aws/config (AWS_PROFILE), "
    "and the metadata of the container and the machine"
)
_EXPIRED = "the credentials have expired: get new ones"
_UNKNOWN_KEY = "the store does not know these credentials: check the access key, the secret and the endpoint"
_DENIED = "access denied: the credentials lack a permission for this"
_ELSEWHERE = "the bucket is in another region: set AWS_REGION to its own"
_BUSY = "the store kept asking for fewer requests: lower maxConcurrency, or try again later"

_REFUSALS = {
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "403": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidToken": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _UNKNOWN_KEY,
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it",
    "InvalidObjectState": "the object is archived: restore it first",
}
"""Answers by code, as of 2026: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. A HEAD's answer
has no body, so its code is the status."""

_OTHERS = {
    "301": _ELSEWHERE,
    "PermanentRedirect": _ELSEWHERE,
    "AuthorizationHeaderMalformed": _ELSEWHERE,
    "IllegalLocationConstraintException": _ELSEWHERE,
    "SlowDown": _BUSY,
    "503": _BUSY,
    "ServiceUnavailable": _BUSY,
}

_BEFORE_ASKING = {
    "NoCredentialsError": NO_CREDENTIALS,
    "PartialCredentialsError": "half of the credentials is missing: a key needs its secret",
    "CredentialRetrievalError": "the credentials' own source failed",
    "TokenRetrievalError": _EXPIRED,
    "SSOTokenLoadError": "nobody is logged in: run aws sso login",
    "UnauthorizedSSOTokenError": "the login has expired: run aws sso login",
}
"""What botocore raises before a request, by the name of the exception."""

_NO_WAY = {
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "HTTPClientError",
    "ProxyConnectionError",
    "SSLError",
}
"""What it raises when no answer comes."""

_BROKEN_OFF = {"ClientPayloadError", "ResponseStreamingError", "IncompleteReadError", "AioReadTimeoutError"}
"""And when an answer ends early."""


@contextmanager
def s3_errors(path: str) -> Iterator[None]:
    """Raise whatever S3's client raises inside as an ``OSError`` that names the path."""
    try:
        yield
    except CorralError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise _told(error, path) from error


def code_of(error: BaseException) -> str:
    """S3's code for what went wrong, such as ``NoSuchKey``, or the HTTP status where it gave none."""
    return str(_answer(error).get("Code", ""))


def _answer(error: BaseException) -> dict[str, Any]:
    """What S3 said: botocore puts it into longer words, and s3fs into longer ones still."""
    for one in (error, error.__cause__):
        response: Any = getattr(one, "response", None)
        if isinstance(response, dict):
            return dict(response.get("Error", {}))
    return {}


def _told(error: Exception, path: str) -> OSError:
    name = type(error).__name__
    if code := code_of(error):
        return os_error(code, " ".join(str(_answer(error).get("Message") or error).split()), path)
    if name in _BEFORE_ASKING:
        return PermissionError(errno.EACCES, _BEFORE_ASKING[name], path)
    if name in _NO_WAY:
        return OSError(errno.EHOSTUNREACH, f"the store can't be reached: {error}", path)
    if name in _BROKEN_OFF:
        return OSError(errno.EIO, f"the store's answers broke off again and again: {error}", path)
    if isinstance(error, OSError):
        return OSError(error.errno or errno.EIO, reason_of(error), path)
    return OSError(errno.EIO, f"{name}: {' '.join(str(error).split())}", path)


def os_error(code: str, message: str, path: str) -> OSError:
    """What S3's code means for a path."""
    if code == "NoSuchBucket":
        bucket = path.partition("://")[2].partition("/")[0]
        return FileNotFoundError(errno.ENOENT, f"there is no bucket {bucket}: check its name, or make it", path)
    if code in {"NoSuchKey", "NoSuchUpload", "404"}:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if code in _REFUSALS:
        return PermissionError(errno.EACCES, _REFUSALS[code], path)
    if code in _OTHERS:
        return OSError(errno.EIO, _OTHERS[code], path)
    return OSError(errno.EIO, f"the store answered {code}: {message}", path)
