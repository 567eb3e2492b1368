"""Which modules a piece of code imports, and where the user's own among them lie.

A module is the user's own unless it belongs to Python, to corral or one of its plugins, or to an installed package
(below ``site-packages`` or ``dist-packages``). So a package that is installed editable is the user's: its path leads
to a working copy, which no index has.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import pkgutil
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core import plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

__all__ = ["Module", "find", "imported_names", "loaded_modules"]


@dataclass(frozen=True)
class Module:
    """A module of the user's own."""

    name: str
    path: Path | None
    """Its file; None for a namespace package, which has none."""
    locations: tuple[str, ...] = ()
    """Where its submodules lie, when it is a package."""

    @property
    def file_name(self) -> str:
        """Its file's path below the directory that it was imported from."""
        parts = self.name.split(".")
        return "/".join([*(parts if self.locations else parts[:-1]), self.path.name if self.path else ""])

    @property
    def root(self) -> Path | None:
        """The directory that it was imported from."""
        return self.path.parents[self.file_name.count("/")] if self.path else None

    @property
    def package(self) -> str:
        """What its relative imports start from."""
        return self.name if self.locations else self.name.rpartition(".")[0]


def imported_names(source: bytes, package: str, *, late: bool = True) -> set[str]:
    """The absolute names that code may import; some may be a module's attributes instead.

    :param package: the one that the code belongs to, or ``""``.
    :param late: in functions and under conditions too, not only as it loads.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a file that nothing has run yet; who imports it will be told
        return set()
    return {name for node in (ast.walk(tree) if late else tree.body) for name in _names(node, package)}


def find(name: str, path: Sequence[str]) -> list[Module]:
    """The user's own modules that importing ``name`` runs, its parents first; empty when it is not the user's.

    Nothing is imported: a package's ``__init__`` may do anything.

    :param path: the directories that imports start from.
    """
    found: list[Module] = []
    if _is_somebody_elses(name.partition(".")[0]):
        return found
    locations = tuple(path)
    for end in [at for at, mark in enumerate(f"{name}.") if mark == "."]:
        module = _find_in(name[:end], locations) or (None if found else _find_hooked(name[:end]))
        if module is None or (not found and not _is_users(module)):
            break
        found.append(module)
        locations = module.locations
    return found


def loaded_modules() -> Iterator[Module]:
    """The user's own modules that this process has imported, whichever way."""
    for name, loaded in list(sys.modules.items()):
        module = _loaded(name, loaded)
        if module is not None and _is_users(module):
            yield module


def _names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            module = _absolute(node.module or "", node.level, package)
            if module:
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
        case ast.Call(
            func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            yield _absolute(name.lstrip("."), len(name) - len(name.lstrip(".")), package)


def _absolute(name: str, level: int, package: str) -> str:
    """:param level: how many dots stand before a relative name; none before an absolute one."""
    parts = package.split(".")
    base = parts[: max(0, len(parts) - level + 1)] if level else []
    return ".".join(filter(None, [*base, name]))


def _find_in(name: str, locations: Sequence[str]) -> Module | None:
    # Not PathFinder: it wants the parents of a nested namespace package to be imported.
    portions: list[str] = []
    for location in locations:
        finder = pkgutil.get_importer(location)
        spec = finder.find_spec(name) if finder else None
        if spec is not None and spec.loader is None:
            portions += [place for place in spec.submodule_search_locations or () if not _is_installed(Path(place))]
        elif spec is not None and spec.origin:
            return Module(name, Path(spec.origin), tuple(spec.submodule_search_locations or ()))
    return Module(name, None, tuple(portions)) if portions else None


def _find_hooked(name: str) -> Module | None:
    """A top-level module that an import hook knows, as some build tools install a package editable."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.has_location or not spec.origin:
        return None
    return Module(name, Path(spec.origin), tuple(spec.submodule_search_locations or ()))


def _loaded(name: str, loaded: ModuleType) -> Module | None:
    file = getattr(loaded, "__file__", None)
    if not file or _is_somebody_elses(name.partition(".")[0]):
        return None
    module = Module(name, Path(file), tuple(getattr(loaded, "__path__", ())))
    # A module under a name that its file does not have is no import's: __main__, a job's file, what pytest collects.
    return module if Path(file).as_posix().endswith(f"/{module.file_name}") else None


def _is_users(module: Module) -> bool:
    if module.name.partition(".")[0] in _ours():
        return False
    places = [module.path] if module.path else [Path(place) for place in module.locations]
    return not any(_is_installed(place) for place in places)


def _is_somebody_elses(top: str) -> bool:
    """Whether this process has a top-level module from an installed package, or Python's own; most are."""
    if top in _ours():
        return True
    loaded = sys.modules.get(top)
    file = getattr(loaded, "__file__", None)
    if loaded is None or not file:
        return top in sys.builtin_module_names
    return _is_below_installed(os.path.dirname(file))  # noqa: PTH120  (asked for a thousand modules)


@cache
def _is_below_installed(directory: str) -> bool:
    return _is_installed(Path(directory))


def _is_installed(place: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(place.parts) or any(
        place.is_relative_to(directory) for directory in _standard_library()
    )


@cache
def _standard_library() -> frozenset[str]:
    return frozenset(sysconfig.get_path(which) for which in ("stdlib", "platstdlib"))


def _ours() -> frozenset[str]:
    """Top-level names of corral and its plugins, which run in the driver."""
    return plugins.load().packages
