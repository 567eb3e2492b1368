"""What a function can import besides its own code: what Google's build installs, which is functions-framework.

A function must not find what happens to be installed where the tests run, or a bundle that lacks a library would pass.
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["RUNTIME", "command", "link_runtime"]

RUNTIME = f"python{sys.version_info.major}{sys.version_info.minor}"
"""The one runtime that this stack can offer: its own interpreter."""

_FRAMEWORK = "functions-framework"


def link_runtime(folder: Path) -> None:
    """Make a folder through which a function imports Google's framework and what it needs, and no more."""
    folder.mkdir()
    for found in _with_needs(_FRAMEWORK):
        for top in {_place(file.parts) for file in found.files or () if _wanted(file.parts)}:
            target = folder.joinpath(*top)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.symlink_to(Path(str(found.locate_file("/".join(top)))))


def command(port: int) -> list[str]:
    """What serves the code in the current directory. Without ``site``, so without this environment's packages."""
    framework = [sys.executable, "-P", "-S", "-s", "-m", "functions_framework"]
    return [*framework, "--source", "main.py", "--target", "main", "--host", "127.0.0.1", "--port", str(port)]


def _with_needs(name: str) -> list[Distribution]:
    todo, found = [name], dict[str, Distribution]()
    while todo:
        one = canonicalize_name(todo.pop())
        if one in found:
            continue
        try:
            found[one] = distribution(one)
        except PackageNotFoundError:  # for another platform or another Python
            continue
        needs = map(Requirement, found[one].requires or [])
        todo += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return list(found.values())


def _wanted(parts: tuple[str, ...]) -> bool:
    # google-cloud-functions and functions-framework share folders, and write the same files to make packages of them.
    return parts[0] not in ("..", "__pycache__") and not (parts[0] == "google" and parts[-1] == "__init__.py")


def _place(parts: tuple[str, ...]) -> tuple[str, ...]:
    """What to link so that a file is there; folders below ``google`` are shared."""
    return parts if parts[0] == "google" else parts[:1]
