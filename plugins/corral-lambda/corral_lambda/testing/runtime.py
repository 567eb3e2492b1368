"""The Python side of Lambda's runtime: what a function can import besides its own code.

A function must not find what happens to be installed where the tests run, or a bundle that lacks a library would pass.
So it runs without this environment's packages, and finds, as on AWS, only the runtime's client and boto3.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import distribution
from pathlib import Path

__all__ = ["ARCHITECTURE", "RUNTIME", "command", "link_runtime"]

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""The one runtime that this stack can offer: its own interpreter."""
ARCHITECTURE = {"aarch64": "arm64"}.get(platform.machine(), "x86_64")
"""The one architecture, in AWS's words: this machine's."""

_PROVIDED = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)


def link_runtime(folder: Path) -> None:
    """Make a folder through which a function imports what AWS provides, and no more."""
    folder.mkdir()
    for name in _PROVIDED:
        found = distribution(name)
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            (folder / top).symlink_to(Path(str(found.locate_file(top))))


def command(handler: str) -> list[str]:
    """What the emulator runs in a function's folder. Without ``site``, so without this environment's packages."""
    return [sys.executable, "-S", "-s", "-m", "awslambdaric", handler]
