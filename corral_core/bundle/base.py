"""The part of a bundle that many jobs share: corral and what is installed. Made once, then found in the cache."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from corral_core.bundle import zipped
from corral_core.bundle.bytecode import can_compile, compiled
from corral_core.bundle.core import core_files
from corral_core.bundle.resolver import install
from corral_core.bundle.wheels import installed_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from corral_core.bundle.api import Target
    from corral_core.bundle.cache import Cache
    from corral_core.bundle.requirements import Requirements

__all__ = ["Base", "base_for"]


@dataclass(frozen=True)
class Base:
    """A zip file, and what is in it."""

    key: str
    """The same for the same contents."""
    path: Path
    files: dict[str, tuple[str, str]]
    """Of each name the part that it belongs to, and the SHA-256 of its content; none for bytecode."""


def base_for(target: Target, wanted: Requirements, cache: Cache, step: Callable[[str], None]) -> Base:
    """:param step: told of what takes long, when it is not in the cache.
    :raises JobError: when something can't be installed for the target."""
    core = core_files(cache)
    key = _key(target, wanted, core)
    archive, listing = cache.find(f"{key}.base"), cache.find(f"{key}.json")
    if archive is None or listing is None:
        step(f"getting wheels for {target}")
        _make(key, core, target, wanted, cache)
        return base_for(target, wanted, cache, step)
    files = msgspec.json.decode(listing.read_bytes(), type=dict[str, tuple[str, str]])
    return Base(key, archive, files)


def _make(key: str, core: Mapping[str, bytes], target: Target, wanted: Requirements, cache: Cache) -> None:
    with TemporaryDirectory(prefix="corral-") as directory:
        install(wanted, target, Path(directory, "site"))
        parts = installed_files(Path(directory, "site"), provided=target.provided, prune=target.prune)
    parts[f"corral-core {version('corral-core')}"] = dict(core)
    contents = {name: data for files in parts.values() for name, data in files.items()}
    listing = {
        name: (part, hashlib.sha256(data).hexdigest()) for part, some in parts.items() for name, data in some.items()
    }
    if can_compile(target):
        contents |= compiled(contents)
    with cache.write(f"{key}.json") as path:
        path.write_bytes(msgspec.json.encode(listing))
    with cache.write(f"{key}.base") as path:
        zipped.write(path, contents)


def _key(target: Target, wanted: Requirements, core: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    compiler = sys.version if can_compile(target) else ""
    place = (target.python, target.architecture, target.glibc, target.provided, target.prune)
    digest.update(repr((place, compiler, wanted.identity)).encode())
    for name, data in sorted(core.items()):
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()
