"""The files of an installed tree that a worker may need, by the distribution that they belong to."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from importlib.metadata import distributions
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from importlib.metadata import Distribution
    from pathlib import Path

__all__ = ["installed_files"]

_METADATA = frozenset({"METADATA", "entry_points.txt"})
"""What packages ask ``importlib.metadata`` about each other. The rest of a ``.dist-info`` is for installers."""

_TESTS = frozenset({"tests", "test"})
_IMPORTS_TESTS = re.compile(rb"^\s*(?:from|import)\s+[\w.]*\btests?\b", re.MULTILINE)


def installed_files(
    directory: Path, *, provided: Collection[str] = (), prune: Sequence[str] = ()
) -> dict[str, dict[str, bytes]]:
    """Contents by name, by distribution with its version.

    Left out are tests that nothing of the same distribution imports, bytecode, scripts and what ``prune`` matches.

    :param provided: distributions to leave out.
    :param prune: patterns, as :class:`~corral_core.bundle.api.Target` has them.
    """
    left_out = set(map(canonicalize_name, provided))
    found = sorted(distributions(path=[str(directory)]), key=lambda one: canonicalize_name(one.name))
    return {
        f"{one.name} {one.version}": _files(one, directory, prune)
        for one in found
        if canonicalize_name(one.name) not in left_out
    }


def _files(distribution: Distribution, directory: Path, prune: Sequence[str]) -> dict[str, bytes]:
    names = sorted(path.as_posix() for path in distribution.files or ())
    wanted = [name for name in names if _runs(name) and not _pruned(name, prune)]
    files = {name: path.read_bytes() for name in wanted if (path := directory / name).is_file()}
    tests = {name for name in files if not _TESTS.isdisjoint(name.split("/")[1:-1])}
    if _imported(data for name, data in files.items() if name not in tests and name.endswith(".py")):
        return files
    return {name: data for name, data in files.items() if name not in tests}


def _runs(name: str) -> bool:
    top, _, rest = name.partition("/")
    if top.endswith((".dist-info", ".data")):
        return rest in _METADATA
    return top not in ("..", "bin") and not name.endswith(".pyc")


def _pruned(name: str, patterns: Sequence[str]) -> bool:
    pruned = False
    for pattern in patterns:
        if fnmatchcase(name, pattern.removeprefix("!")):
            pruned = not pattern.startswith("!")
    return pruned


def _imported(sources: Iterable[bytes]) -> bool:
    """Whether any of these imports tests: numpy.testing does, and scipy imports that."""
    return any(_IMPORTS_TESTS.search(source) for source in sources)
