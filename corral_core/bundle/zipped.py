"""Zip files that are the same whenever and wherever they are written."""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["sizes", "write"]

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold."""

_UNIX = 3
"""What the format calls a system whose permissions are Unix's."""

_LEVEL = 6
"""Of compression. 9 takes twice as long for a hundredth less."""


def write(path: Path, contents: Mapping[str, bytes], base: Path | None = None) -> None:
    """Write files in the order of their names.

    :param base: a zip file made here, whose files come first, as they are.
    """
    if base is not None:
        shutil.copyfile(base, path)
    with ZipFile(path, "w" if base is None else "a") as archive:
        for name in sorted(contents):
            info = ZipInfo(name, _BEGINNING)
            info.create_system = _UNIX
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, contents[name], ZIP_DEFLATED, _LEVEL)


def sizes(path: Path) -> dict[str, tuple[int, int]]:
    """The sizes of files, as they are and compressed, by name."""
    with ZipFile(path) as archive:
        return {info.filename: (info.file_size, info.compress_size) for info in archive.infolist()}
