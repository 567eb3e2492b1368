"""The part of corral itself that a worker runs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import corral_core
from corral_core.engine.imports import imported_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from corral_core.bundle.cache import Cache

__all__ = ["core_files"]

_DRIVER_ONLY = frozenset(
    {
        "__main__",
        "builtins",
        "bundle",
        "cli",
        "compatible",
        "contracts",
        "doctor",
        "executors",
        "hookspecs",
        "planning",
        "plugins",
        "report",
        "settings",
        "testing",
    }
)
"""What no worker imports: the command, what needs click, pluggy or pydantic, and what makes bundles."""


def core_files(cache: Cache) -> dict[str, bytes]:
    """The modules of corral_core that can be imported on a worker, by their names in an archive.

    That is all but those for the driver, and those whose own import needs one of them. A function that imports such a
    module when it runs (``Driver.run``) runs in the driver alone.

    :param cache: remembers which they are, because finding out means to parse all of corral: 0.15 s of each start.
    """
    root = Path(corral_core.__file__).parent
    files = {path.relative_to(root.parent).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.py"))}
    known = f"{_digest(files)}.core"
    found = cache.find(known)
    if found is None:
        with cache.write(known) as path:
            path.write_text("\n".join(_for_workers(files)), encoding="utf-8")
        return core_files(cache)
    return {name: files[name] for name in found.read_text(encoding="utf-8").splitlines()}


def _for_workers(files: Mapping[str, bytes]) -> Iterable[str]:
    names = {name: _module(name) for name in files}
    needs = {module: imported_names(files[name], _package(name), late=False) for name, module in names.items()}
    away = {module for module in needs if module.split(".")[1:2] and module.split(".")[1] in _DRIVER_ONLY}
    while more := {module for module in needs if module not in away and not away.isdisjoint(needs[module])}:
        away |= more
    return [name for name, module in names.items() if module not in away]


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _package(name: str) -> str:
    return name.rpartition("/")[0].replace("/", ".")
