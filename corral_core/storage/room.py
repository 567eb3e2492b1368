"""Whether a local path can be read or written, and how much room there is. Asked of the system; nothing is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.errors import reason_of
from corral_core.storage.globs import is_glob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.diagnosis import State
    from corral_core.storage.api import Storage

__all__ = ["findings"]

_LITTLE = 2**30
"""Bytes free below which somebody should look."""
_NOTHING = 2**20
_READ = "change its permissions"
_ELSEWHERE = "an input may be like this; for outputs, give another --out"


def findings(storage: Storage, name: str) -> Iterator[Finding]:
    """What ``corral doctor`` says of a local path: an input, or where a run is to work."""
    path = Path(name)
    if not path.exists() and is_glob(name):
        yield _matched(storage, name)
    elif path.is_file():
        can = os.access(path, os.R_OK)
        detail = f"a file of {path.stat().st_size:,} bytes" + ("" if can else " that can't be read: permission denied")
        yield Finding("input", "ok" if can else "failed", detail, "" if can else _READ)
    else:
        yield from _directory(path)


def _matched(storage: Storage, name: str) -> Finding:
    try:
        files = storage.list(name)
    except OSError as error:
        return Finding("input", "failed", f"{error.filename or name} can't be looked at: {reason_of(error)}", _READ)
    if not files:
        return Finding("input", "failed", "matches no file", "names that start with _ or . are left out")
    return Finding("input", "ok", f"matches {len(files):,} with {sum(file.size for file in files):,} bytes")


def _directory(path: Path) -> Iterator[Finding]:
    place = next(one for one in (path, *path.parents) if one.exists())
    if not place.is_dir():
        yield Finding("directory", "failed", f"{place} is a file, so nothing can lie below it", "give another --out")
    elif not os.access(place, os.R_OK | os.X_OK):
        yield Finding("directory", "failed", f"{place} can't be looked into: permission denied", _READ)
    elif not os.access(place, os.W_OK):
        read_only = os.statvfs(place).f_flag & os.ST_RDONLY
        why = "its file system is read-only" if read_only else "permission denied"
        yield Finding("directory", "warning", f"{place} can't be written: {why}", _ELSEWHERE)
    else:
        yield Finding("directory", "ok", "can be written" + ("" if place == path else f" once made below {place}"))
        yield _room(place)


def _room(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    if free >= _LITTLE:
        return Finding("room", "ok", f"{free / 2**30:,.1f} GiB free")
    state: State = "warning" if free > _NOTHING else "failed"
    return Finding(
        "room", state, f"only {free / 2**20:,.0f} MiB free on the disk of {place}", "make room, or give another --out"
    )
