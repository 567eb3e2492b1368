"""Files that a job opens but does not import: what ``--include`` names."""

from __future__ import annotations

import glob
import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.engine.codefiles import CodeFile
from corral_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["included"]


def included(patterns: Sequence[str], root: Path, code: Iterable[CodeFile]) -> list[CodeFile]:
    """The files that globs match, and all below the directories that they match, sorted by name.

    A file keeps its place beside the code, so that a path made from ``__file__`` leads to it on a worker too.

    :param root: the job's directory, which patterns start from.
    :raises UsageError: for a pattern that matches nothing, or a file that lies beside no code.
    """
    roots = sorted({root, *(file.root for file in code)}, key=lambda path: -len(path.parts))
    found: dict[str, CodeFile] = {}
    for pattern in patterns:
        paths = list(_matches(pattern, root))
        if not paths:
            raise UsageError(f"include {pattern} matches no file in {root}: patterns start from the job's directory")
        for path in paths:
            beside = next((place for place in roots if path.is_relative_to(place)), None)
            if beside is None:
                raise UsageError(
                    f"include {pattern} matches {path}, outside of the job's directory {root}: move it there"
                )
            file = CodeFile(path.relative_to(beside).as_posix(), path)
            found[file.name] = file
    return sorted(found.values())


def _matches(pattern: str, root: Path) -> Iterator[Path]:
    for name in glob.glob(pattern, root_dir=root, recursive=True):  # noqa: PTH207  (Path.glob takes none that is whole)
        path = Path(os.path.normpath(root / name))
        below = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in below if file.is_file() and "__pycache__" not in file.parts)
