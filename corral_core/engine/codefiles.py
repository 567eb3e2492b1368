"""A job's own code, as files: what a remote worker needs of it, and what ``--resume`` compares.

::

    the job's file, its module, or what its pickle names
       │  imports, in functions too (imports.py)
       ▼
    the user's own modules ──imports──> more of them
       ▲
       └── modules that the process has loaded, of the same packages or of the job's directory:
           imports whose names are made at run time

What comes from a package index is no part of it, nor is corral. A file that the job only opens is not seen.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.engine.imports import Module, find, imported_names, loaded_modules
from corral_core.engine.source import pickled
from corral_core.errors import JobError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corral_core.engine.loading import JobSource

__all__ = ["CodeFile", "code_files", "fingerprint"]

_RANDOM = re.compile("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
"""The number that cloudpickle gives to each class that it pickles: a UUID of version 4 (RFC 9562 section 5.4)."""


@dataclass(frozen=True, order=True)
class CodeFile:
    """One file of a job's code."""

    name: str
    """Its place below the directory that imports start from, with slashes."""
    path: Path

    @property
    def root(self) -> Path:
        """The directory that imports of it start from."""
        return self.path.parents[self.name.count("/")]


def code_files(source: JobSource, pickle: bytes | None = None) -> list[CodeFile]:
    """The job's own file and the user's modules that it imports, sorted by name.

    :param pickle: the jobs' own, where the source has them no more.
    :raises JobError: when a file can't be read, or two of different directories have one name.
    """
    ref = source.ref
    if ref is None or ref.kind == "pickle":
        return _files([], _Closure().of(_named_in(pickled(source.jobs) if pickle is None else pickle)))
    closure = _Closure(ref.root or str(Path.cwd()))
    if ref.kind == "module":
        return _files([], closure.of([ref.name]))
    job = CodeFile(ref.name, Path(ref.root, ref.name))
    return _files([job], closure.of(imported_names(_read(job.path), "")))


def fingerprint(source: JobSource) -> str:
    """SHA-256, in hexadecimal, of the job's code: the same as long as no file of it changes.

    A pickled job counts with its pickle, in which code of a notebook has the name of its session: such a job has a
    fingerprint for each session.

    :raises JobError: as :func:`code_files`.
    """
    digest = hashlib.sha256()
    ref, pickle = source.ref, None
    if ref is None:
        pickle = pickled(source.jobs)
        digest.update(_pickle_digest(pickle))
    else:
        digest.update(f"{ref.kind} {ref.name} {ref.attribute}\n".encode())
    for file in code_files(source, pickle):
        content = _read(file.path)
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


class _Closure:
    """Modules, and all that they import of the user's own.

    :param root: the job's directory; all that the process has loaded from there counts.
    """

    def __init__(self, root: str | None = None) -> None:
        path = dict.fromkeys(str(Path(entry).absolute()) for entry in sys.path)
        self._root = root
        self._path = [*path] if root is None or root in path else [root, *path]
        self._found: dict[str, Module] = {}

    def of(self, names: Iterable[str]) -> list[Module]:
        """The user's own modules that importing ``names`` leads to."""
        self._follow(names)
        tops = {name.partition(".")[0] for name in self._found}
        for module in loaded_modules():
            if module.name.partition(".")[0] in tops or str(module.root) == self._root:
                self._follow([module.name])
        return list(self._found.values())

    def _follow(self, names: Iterable[str]) -> None:
        todo = list(names)
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            for module in find(name, self._path):
                if module.name not in self._found:
                    self._found[module.name] = module
                    if module.path is not None and module.path.suffix == ".py":
                        todo += imported_names(_read(module.path), module.package)


def _files(first: list[CodeFile], modules: Iterable[Module]) -> list[CodeFile]:
    found = {file.name: file for file in first}
    for module in modules:
        if module.path is None:
            continue
        file = CodeFile(module.file_name, module.path)
        other = found.setdefault(file.name, file)
        if other.path != file.path and not other.path.samefile(file.path):
            raise JobError(
                f"the job needs two files of the name {file.name}, {other.path} and {file.path}: rename one of them"
            )
    return sorted(found.values())


def _named_in(pickle: bytes) -> set[str]:
    """What may be the name of a module in a pickle: those of its classes and functions, and what its code imports."""
    import pickletools

    texts = {text for _, text, _ in pickletools.genops(pickle) if isinstance(text, str)}
    return {text for text in texts if all(part.isidentifier() for part in text.split("."))}


def _pickle_digest(pickle: bytes) -> bytes:
    """A digest of a pickle that leaves out cloudpickle's random numbers."""
    import pickletools

    digest = hashlib.sha256()
    for code, value, _ in pickletools.genops(pickle):
        if not (isinstance(value, str) and _RANDOM.fullmatch(value)):
            digest.update(f"{code.name} {value!r}\n".encode())
    return digest.digest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JobError(f"the job's file {path} can't be read: {reason_of(error)}") from error
