"""What ``corral doctor`` says of a place in Cloud Storage: two requests, none of which changes anything."""

from __future__ import annotations

import errno
import json
from glob import has_magic
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from corral_core.diagnosis import Finding, clock_findings
from corral_core.errors import reason_of
from corral_core.storage.gcs.line import Request
from corral_core.storage.gcs.tokens import NO_CREDENTIALS
from corral_core.storage.objects.api import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.storage.gcs.client import Client

__all__ = ["findings"]

_LOGIN = "gcloud auth application-default login"
_READS = ("storage.objects.get", "storage.objects.list")
_WRITES = ("storage.objects.create", "storage.objects.delete")
"""What ``roles/storage.objectViewer`` has, and what ``roles/storage.objectUser`` has beyond it, as far as runs need it:
https://cloud.google.com/storage/docs/access-control/iam-roles, November 2026."""


def findings(client: Client, path: str) -> Iterator[Finding]:
    """Whose credentials, whether the place may be listed, what else the bucket allows, whether the clock is right."""
    try:
        source = client.credentials_source(path)
    except OSError as error:
        yield Finding(
            "credentials",
            "failed",
            reason_of(error),
            f"renew them, such as with: {_LOGIN}; good ones are refused when this machine's clock is wrong",
        )
        return
    if source is None:
        yield Finding("credentials", "warning", f"{NO_CREDENTIALS}; only public objects can be read", _LOGIN)
    else:
        yield Finding("credentials", "ok", f"from {source}")
    bucket, key = place_of(path)
    prefix = key.partition("*")[0] if has_magic(key) else key
    query = {"prefix": prefix, "maxResults": "1", "fields": "items(name)"}
    try:
        answer = client.call(path, Request("LIST", "GET", client.bucket_url(path), params=query), again=False)
    except OSError as error:
        yield _refused(error, bucket)
        yield from clock_findings(getattr(error.__cause__, "date", None), "Cloud Storage")
        return
    there = json.loads(answer.body).get("items")
    yield Finding("list", "ok", "may be listed" + ("" if there else "; nothing is there yet"))
    yield from _permissions(client, path)
    yield from clock_findings(answer.headers.get("Date"), "Cloud Storage")


def _permissions(client: Client, path: str) -> Iterator[Finding]:
    """What the bucket says that these credentials may do; emulators don't say."""
    asked = urlencode([("permissions", one) for one in (*_READS, *_WRITES)])
    url = f"{client.bucket_url(path).removesuffix('/o')}/iam/testPermissions?{asked}"
    try:
        held = json.loads(client.call(path, Request("GET", "GET", url), again=False).body).get("permissions", ())
    except (OSError, ValueError):
        return
    for what, wanted, role in (("read", _READS, "objectViewer"), ("write", _WRITES, "objectUser")):
        missing = [one for one in wanted if one not in held]
        if not missing:
            yield Finding(what, "ok", "allowed")
            continue
        grant = (
            f"gcloud storage buckets add-iam-policy-binding gs://{place_of(path)[0]} --member MEMBER "
            f"--role roles/storage.{role}"
        )
        # An input need not be writable.
        yield Finding(what, "failed" if what == "read" else "warning", f"{', '.join(missing)} is not allowed", grant)


def _refused(error: OSError, bucket: str) -> Finding:
    said = reason_of(error)
    if isinstance(error, FileNotFoundError):
        return Finding("list", "failed", f"there is no bucket {bucket}", "check its name, or make it")
    if error.errno == errno.EHOSTUNREACH:
        return Finding("list", "failed", said, "look at the network, at proxies and at STORAGE_EMULATOR_HOST")
    return Finding("list", "failed", said, "have roles/storage.objectViewer granted, or objectUser to write too")
