"""Globs over any store: which files a pattern stands for, without listing directories that it can't match.

``*``, ``?`` and ``[...]`` stand for characters of one name, ``**`` for any number of directories, none included. Case
counts everywhere, so that a pattern means the same in every store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

from corral_core.storage.api import hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corral_core.storage.api import FileInfo

__all__ = ["Entry", "Tree", "expand", "is_glob", "wanted"]

_MAGIC = re.compile(r"[*?[]")
_ESCAPED = re.compile(r"\[([*?[])\]")
"""How :func:`glob.escape` writes a character that is to stand for itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a directory."""

    path: str
    info: FileInfo | None
    """None for a directory."""


class Tree(Protocol):
    """What :func:`expand` asks of a store."""

    def scan(self, directory: str, pattern: str) -> Iterable[Entry]:
        """The names in a directory that are :func:`wanted`; none when there is no such directory."""
        ...

    def below(self, directory: str) -> Iterable[FileInfo]:
        """All files below a directory, hidden names left out."""
        ...


def is_glob(path: str) -> bool:
    """Whether a path has characters that a glob gives a meaning."""
    return _MAGIC.search(path) is not None


def wanted(name: str, pattern: str) -> bool:
    """Whether a pattern without a slash matches this name, which is not a hidden one."""
    return not hidden(name) and fnmatchcase(name, pattern)


def expand(tree: Tree, pattern: str) -> Iterator[FileInfo]:
    """The files that a glob stands for, in no order; a directory that it matches stands for all files below."""
    parts = pattern.split("/")
    # The last part is looked for even if it is escaped: whoever names a file as it is does not come here.
    fixed = next((i for i, part in enumerate(parts[:-1]) if is_glob(_ESCAPED.sub("", part))), len(parts) - 1)
    yield from _descend(tree, _ESCAPED.sub(r"\1", "/".join(parts[:fixed])) or "/", parts[fixed:])


def _descend(tree: Tree, directory: str, parts: Sequence[str]) -> Iterator[FileInfo]:
    head, rest = parts[0], parts[1:]
    if head == "**":
        cut = len(directory.rstrip("/")) + 1
        yield from (info for info in tree.below(directory) if _matches(info.path[cut:].split("/"), parts))
        return
    for entry in tree.scan(directory, head):
        if entry.info is None:
            yield from _descend(tree, entry.path, rest) if rest else tree.below(entry.path)
        elif not rest:
            yield entry.info


def _matches(names: Sequence[str], parts: Sequence[str]) -> bool:
    if not parts:  # the pattern matched a directory above
        return True
    if parts[0] == "**":
        return any(_matches(names[i:], parts[1:]) for i in range(len(names)))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _matches(names[1:], parts[1:])
