"""Installs wheels for a target into a directory, with uv if there is one, else with pip.

Where packages come from, through which proxy and with which certificates, is the tools' own configuration. Only wheels:
what is built here would be built for this machine.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.bundle.api import Target
    from corral_core.bundle.requirements import Requirements

__all__ = ["install"]

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Architectures, as wheels call them."""

_UV_KNOWS = (40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17)
"""Minor versions of glibc that uv has a platform for (as of uv 0.13)."""

_OLDEST = 5
"""The minor version of glibc that the first manylinux stands for (PEP 600)."""

_DRAWING = re.compile(r"[^\x00-\x7f]+")
"""What uv draws around its messages."""


def install(wanted: Requirements, target: Target, directory: Path) -> None:
    """:param directory: comes into being; holds what ``site-packages`` would.
    :raises JobError: when something has no wheel for the target, can't be found, or does not fit with the rest.
    """
    with tempfile.TemporaryDirectory(prefix="corral-") as scratch:
        pins, lines = Path(scratch, "pins.txt"), Path(scratch, "requirements.txt")
        pins.write_text("\n".join(wanted.pins), encoding="utf-8")
        lines.write_text("\n".join([*wanted.ours, *wanted.jobs]), encoding="utf-8")
        files = [f"--requirement={path}" for path in (lines, wanted.file) if path]
        command = [*_tool(target), f"--target={directory}", f"--constraint={pins}", *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (uv or pip, by path)
    if done.returncode:
        raise JobError(
            f"the dependencies can't be had as wheels for {target}: {_reason(done.stderr)}; choose a version that has "
            "one, leave the dependency out, or build the wheel and name its directory in UV_FIND_LINKS (PIP_FIND_LINKS "
            "without uv)"
        )


def _tool(target: Target) -> list[str]:
    machine = _MACHINES[target.architecture]
    common = ["--quiet", "--only-binary=:all:", f"--python-version={target.python}"]
    uv = shutil.which("uv") or shutil.which("uv", path=sysconfig.get_path("scripts"))
    if uv:
        glibc = next((known for known in _UV_KNOWS if known <= target.glibc), _UV_KNOWS[-1])
        where = [f"--python={sys.executable}", f"--python-platform={machine}-manylinux_2_{glibc}"]
        return [uv, "pip", "install", *common, *where]
    if importlib.util.find_spec("pip") is None:
        raise JobError("neither uv nor pip is here to get the dependencies with: pip install uv")
    platforms = [f"--platform={tag}_{machine}" for tag in _tags(target.glibc)]
    quiet = ["--no-compile", "--no-input", "--disable-pip-version-check", "--implementation=cp"]
    return [sys.executable, "-m", "pip", "install", *common, *quiet, *platforms]


def _tags(glibc: int) -> Iterable[str]:
    """The platform tags that work with a glibc, the newest first (PEP 600)."""
    yield from (f"manylinux_2_{minor}" for minor in range(glibc, _OLDEST - 1, -1))
    yield from ("manylinux2014", "manylinux2010", "manylinux1")


def _reason(output: str) -> str:
    text = " ".join(_DRAWING.sub(" ", output).split()).rstrip(".")
    return text.removeprefix("error: ").removeprefix("ERROR: ") or "no reason given"
