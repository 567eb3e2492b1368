"""What is wrong with a wheel or a source distribution, by looking into it."""

from __future__ import annotations

import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from release.distributions import Distribution

__all__ = ["sdist_faults", "wheel_faults"]

_TESTS = ("test_*.py", "conftest.py", "tests/*", "*/tests/*")


def wheel_faults(wheel: Path, distribution: Distribution) -> list[str]:
    """What a wheel lacks, and what it should not hold; nothing when it is as it should be."""
    info = f"{distribution.package}-{distribution.version}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        metadata = HeaderParser().parsestr(archive.read(f"{info}/METADATA").decode())
    package = {name for name in names if not name.startswith(f"{info}/")}
    source = set(_package_files(distribution))
    return [
        *(f"lacks {name}" for name in sorted(source - package)),
        *(f"holds {name}, which the package has not" for name in sorted(package - source)),
        *(f"holds a test, {name}" for name in sorted(names) if any(PurePosixPath(name).match(at) for at in _TESTS)),
        *(
            f"lacks {name}"
            for name in (f"{distribution.package}/py.typed", f"{info}/licenses/LICENSE")
            if name not in names
        ),
        *_metadata_faults(metadata, distribution),
    ]


def sdist_faults(sdist: Path, distribution: Distribution) -> list[str]:
    """What a source distribution lacks."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "README.md", "PKG-INFO", "pyproject.toml", *_package_files(distribution)}
    return [f"lacks {name}" for name in sorted(wanted - names)]


def _package_files(distribution: Distribution) -> Iterator[str]:
    """Every file of the package in the source tree, data too."""
    for path in (distribution.folder / distribution.package).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(distribution.folder).as_posix()


def _metadata_faults(metadata: Message, distribution: Distribution) -> Iterator[str]:
    wanted = {
        "Name": distribution.name,
        "Version": distribution.version,
        "Requires-Python": distribution.project["requires-python"],
        "License-Expression": "MIT",
        "Description-Content-Type": "text/markdown",
    }
    for name, value in wanted.items():
        if metadata[name] != value:
            yield f"has the {name} {metadata[name]!r}, and {value!r} is what it should be"
    if not metadata["Summary"] or not metadata.get_payload():
        yield "has no description"
