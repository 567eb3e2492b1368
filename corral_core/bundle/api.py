"""What a bundle is made for, and what comes out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Archive", "Entry", "Part", "Target"]


@dataclass(frozen=True)
class Target:
    """The place whose workers run the code."""

    python: str = f"{sys.version_info[0]}.{sys.version_info[1]}"
    """Major and minor version, such as ``3.11``."""
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    glibc: int = 28
    """The minor version of the place's glibc 2, which says what wheels work there: 26 on Amazon Linux 2, 34 on 2023."""
    name: str = "a worker on Linux"
    """The place, in messages."""
    packages: tuple[str, ...] = ()
    """Distributions that workers there need besides corral's own, such as ``s3fs``: in the driver's versions."""
    provided: tuple[str, ...] = ()
    """Distributions that the place has already, or whose files nothing of corral needs there: left out."""
    prune: tuple[str, ...] = ()
    """Patterns (of ``fnmatch``) of files to leave out of ``packages`` and of what they need. A pattern that begins with
    ``!`` keeps what an earlier one left out."""
    max_zipped: int | None = None
    max_unpacked: int | None = None
    """What the place takes, in bytes."""

    def __str__(self) -> str:
        return f"{self.name} with Python {self.python} on {self.architecture}"


@dataclass(frozen=True)
class Entry:
    """One file in an archive."""

    name: str
    part: str
    """What it belongs to: ``job``, ``include``, ``place``, ``corral-core 0.1.0``, ``msgspec 0.21.1``."""
    size: int
    zipped: int
    """In bytes, as it is and in the archive."""


@dataclass(frozen=True)
class Part:
    """All files of one part."""

    name: str
    files: int
    size: int
    zipped: int


@dataclass(frozen=True)
class Archive:
    """A bundle, ready to be deployed."""

    path: Path
    """The zip file. It lies in a cache: read it soon, and leave it there."""
    digest: str
    """SHA-256, in hexadecimal, of all names and contents and of the target's Python and architecture. Bytecode does not
    count: it follows from the sources."""
    entries: tuple[Entry, ...]
    zipped: int
    """The size of the zip file, in bytes."""

    @property
    def unpacked(self) -> int:
        """The size of all files, in bytes."""
        return sum(entry.size for entry in self.entries)

    @property
    def parts(self) -> list[Part]:
        """The parts, the largest first."""
        by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            by_name.setdefault(entry.part, []).append(entry)
        parts = [
            Part(name, len(some), sum(entry.size for entry in some), sum(entry.zipped for entry in some))
            for name, some in by_name.items()
        ]
        return sorted(parts, key=lambda part: (-part.size, part.name))
