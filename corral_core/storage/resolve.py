"""From a path to the storage that serves it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from corral_core.errors import InputError, PluginError
from corral_core.references import class_at
from corral_core.storage.local import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from corral_core.storage.api import Storage

__all__ = ["forget_storages", "own_storages", "scheme_of", "storage_for"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
"""Two characters at least, so that a drive's letter is none (RFC 3986 section 3.1 allows one)."""
_MISTYPED = re.compile(r"(?:[a-z]+::)*(s3a?|gs|gcs|https?|ftp):/+")
"""An address with a slash too few, or behind another of fsspec's file systems."""

_S3 = "corral_core.storage.s3.storage:S3Storage"
_GCS = "corral_core.storage.gcs.storage:GCSStorage"
_OWN = {
    "memory": "corral_core.storage.memory:MemoryStorage",
    "s3": _S3,
    "s3a": _S3,
    "gs": _GCS,
    "gcs": _GCS,
}
_ANY = "corral_core.storage.remote:FsspecStorage"


def scheme_of(path: str) -> str:
    """The scheme of a path; ``file`` when it has none."""
    found = _SCHEME.match(path)
    return found[1] if found else "file"


def storage_for(path: str, extra: Mapping[str, str] | None = None) -> Storage:
    """The storage that serves a path, the same object each time.

    :param extra: what plugins bring: ``module:Class`` by scheme, since a worker has no plugin manager.
    :raises InputError: when nothing serves its scheme, or a package for it is missing.
    :raises PluginError: when a plugin's class can't be imported.
    """
    scheme = scheme_of(path)
    if scheme == "file" and (found := _MISTYPED.match(path)):
        meant = f"{found[1]}://{path[found.end() :]}"
        raise InputError(f"{path} is no address: give {meant}, or ./{path} for a local path")
    if extra and scheme in extra:
        return _made(scheme, extra[scheme])
    if scheme == "file":
        return _local()
    return _made(scheme, _OWN.get(scheme, _ANY))


def own_storages() -> Iterator[type[Storage]]:
    """The classes that corral brings itself. Imports them all, and none of what they work with."""
    yield LocalStorage
    for where in dict.fromkeys(_OWN.values()):
        yield class_at(where)


def forget_storages() -> None:
    """Make storages anew when they are asked for next: each keeps to the addresses and credentials that it found in the
    environment when it was first used."""
    _made.cache_clear()


@cache
def _local() -> LocalStorage:
    return LocalStorage()


@cache
def _made(scheme: str, where: str) -> Storage:
    try:
        cls: type[Storage] = class_at(where)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"the storage for {scheme}:// paths, {where}, can't be imported here: {error}") from error
    return cls(scheme)
