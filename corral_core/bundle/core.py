"""The part of corral itself that a worker runs."""

from __future__ import annotations

from pathlib import Path

import corral_core
from corral_core.engine.imports import imported_names

__all__ = ["core_files"]

_DRIVER_ONLY = frozenset(
    {"__main__", "builtins", "bundle", "cli", "executors", "hookspecs", "plugins", "settings", "testing"}
)
"""What no worker imports: the command, what needs click, pluggy or pydantic, and what makes bundles."""


def core_files() -> dict[str, bytes]:
    """The modules of corral_core that can be imported on a worker, by their names in an archive.

    That is all but those for the driver, and those whose own import needs one of them. A function that imports such a
    module when it runs (``Driver.run``) runs in the driver alone.
    """
    root = Path(corral_core.__file__).parent
    files = {path.relative_to(root.parent).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.py"))}
    names = {name: _module(name) for name in files}
    needs = {module: imported_names(files[name], _package(name), late=False) for name, module in names.items()}
    away = {module for module in needs if module.split(".")[1:2] and module.split(".")[1] in _DRIVER_ONLY}
    while more := {module for module in needs if module not in away and not away.isdisjoint(needs[module])}:
        away |= more
    return {name: files[name] for name, module in names.items() if module not in away}


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _package(name: str) -> str:
    return name.rpartition("/")[0].replace("/", ".")
