"""The functions that the control plane knows, with their code on disk: a folder for each SHA-256."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["MOST_UNZIPPED", "Code", "Function"]

MOST_UNZIPPED = 250 * 2**20
"""Bytes of a function's code. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, November 2026"""


@dataclass(frozen=True)
class Function:
    """One version of a function, as configured."""

    name: str
    version: str
    arn: str
    """With the version."""
    code: str
    """SHA-256 of the zip in Base64, as Lambda gives it."""
    handler: str
    runtime: str
    architecture: str
    timeout: int
    """Seconds."""
    memory: int
    """MB, of 2**20 bytes."""
    environment: tuple[tuple[str, str], ...]

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any]) -> Function:
        """From what GetFunctionConfiguration answers."""
        variables = configuration.get("Environment", {}).get("Variables", {})
        return cls(
            configuration["FunctionName"],
            configuration["Version"],
            configuration["FunctionArn"],
            configuration["CodeSha256"],
            configuration["Handler"],
            configuration["Runtime"],
            configuration["Architectures"][0],
            configuration["Timeout"],
            configuration["MemorySize"],
            tuple(sorted(variables.items())),
        )


class Code:
    """Every zip that was ever uploaded, unpacked where functions run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def folder(self, sha256: str) -> Path:
        """Where the code with this SHA-256 (in Base64) lies."""
        return self._folder / base64.b64decode(sha256).hex()

    async def add(self, content: bytes) -> str | None:
        """Unpack a zip.

        :returns: why Lambda would refuse it; None when it would not.
        """
        return await asyncio.to_thread(self._add, content)

    def _add(self, content: bytes) -> str | None:
        target = self._folder / hashlib.sha256(content).hexdigest()
        if target.exists():
            return None
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            return "Could not unzip uploaded file. Please check your file, then try to upload again."
        with archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNZIPPED:
                return f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes"
            archive.extractall(target)
        _make_read_only(target)
        return None


def _make_read_only(folder: Path) -> None:
    for place, _, files in os.walk(folder, topdown=False):
        for file in files:
            os.chmod(os.path.join(place, file), 0o500)  # noqa: PTH101, PTH118  (a bundle has thousands of files)
        os.chmod(place, 0o500)  # noqa: PTH101  (as above)
