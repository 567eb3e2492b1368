"""What ``corral doctor`` says of a place in S3: three requests at most, none of which changes anything."""

from __future__ import annotations

import errno
from glob import has_magic
from typing import TYPE_CHECKING, Any

from corral_core.diagnosis import Finding, clock_findings
from corral_core.errors import reason_of
from corral_core.storage.objects.api import place_of
from corral_core.storage.s3.credentials import source_of
from corral_core.storage.s3.errors import NO_CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.storage.s3.client import Client

__all__ = ["findings"]

_SET_UP = "set one of them up, such as with: aws configure"
_NOT_WRITTEN = "writing is not tried"


def findings(client: Client, path: str) -> Iterator[Finding]:
    """Whose credentials, whether the place may be listed and read, whether the clock is right.

    :param client: without retries.
    """
    try:
        method = client.credentials_method(path)
    except OSError as error:
        yield Finding("credentials", "failed", reason_of(error), _SET_UP)
        return
    if method is None:
        yield Finding("credentials", "failed", NO_CREDENTIALS, _SET_UP)
        return
    yield Finding("credentials", "ok", f"from {source_of(method)}")
    bucket, key = place_of(path)
    prefix = key.partition("*")[0] if has_magic(key) else key
    try:
        answer = client.call(path, "list_objects_v2", Prefix=prefix, MaxKeys=1)
    except OSError as error:
        yield _refused("list", error, f"have s3:ListBucket allowed on arn:aws:s3:::{bucket}")
        yield from clock_findings(_date(error), "S3")
        return
    found = [one["Key"] for one in answer.get("Contents", ())]
    yield Finding("list", "ok", "may be listed" if found else f"may be listed; nothing is there yet; {_NOT_WRITTEN}")
    if found:
        yield _read(client, path, bucket, found[0])
    yield from clock_findings(answer["ResponseMetadata"]["HTTPHeaders"].get("date"), "S3")


def _read(client: Client, path: str, bucket: str, key: str) -> Finding:
    try:
        client.call(path, "head_object", Key=key)
    except OSError as error:
        return _refused("read", error, f"have s3:GetObject allowed on arn:aws:s3:::{bucket}/*")
    return Finding("read", "ok", f"may be read; {_NOT_WRITTEN}")


def _refused(what: str, error: OSError, right: str) -> Finding:
    """:param right: what to ask for, when a right is missing."""
    said, _, way_out = reason_of(error).partition(": ")
    if isinstance(error, FileNotFoundError):
        return Finding(what, "failed", said, "check the bucket's name, or make it")
    if error.errno == errno.EHOSTUNREACH:
        return Finding(what, "failed", reason_of(error), "look at the network, at proxies and at AWS_ENDPOINT_URL")
    return Finding(what, "failed", said, right if "permission" in way_out else way_out)


def _date(error: BaseException | None) -> str | None:
    """The header ``Date`` of the answer behind an error."""
    while error is not None:
        response: Any = getattr(error, "response", None)
        if isinstance(response, dict):
            date: str | None = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
            return date
        error = error.__cause__
    return None
