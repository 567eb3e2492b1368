"""Finds plugins and keeps what they register, by name.

Nothing loads on import: :func:`load` does it, once a process. ``CORRAL_LOAD_PLUGINS`` (entry-point names with commas;
empty for none) limits which installed plugins load; built-ins always do. A plugin that fails to import, is made for
another corral-core, or registers what can't be used is kept as a :class:`BrokenPlugin` and breaks nothing else.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from corral_core import builtins, hookspecs
from corral_core.compatible import refused_by
from corral_core.contracts import flaw
from corral_core.errors import PluginError
from corral_core.hookspecs import PROJECT, hookimpl
from corral_core.references import reference_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click
    from pydantic import BaseModel

    from corral_core.events import Observer
    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.storage.api import Storage

__all__ = ["BrokenPlugin", "LoadedPlugin", "Plugins", "Registry", "hookimpl", "load"]

LOAD_PLUGINS = "CORRAL_LOAD_PLUGINS"

KNOWN_PACKAGES = {
    "local-process": "corral-local-process",
    "lambda": "corral-lambda",
    "gcf": "corral-gcf",
    "dask": "corral-dask",
}
"""Which package brings an executor that is not installed."""

T = TypeVar("T")


class Registry(Generic[T]):
    """Names, and what plugins registered under them."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, tuple[T, str]] = {}

    def add(self, name: str, item: T, plugin: str) -> None:
        """:raises PluginError: when the name is empty, or taken; names both plugins."""
        if not name:
            raise PluginError(f"plugin {plugin} registers the {self.what} {_where(item)} without a name")
        if name in self._items:
            other, owner = self._items[name]
            raise PluginError(
                f"two plugins register the {self.what} {name!r}: {owner} ({_where(other)}) and {plugin} "
                f"({_where(item)}); uninstall one, or leave it out with {LOAD_PLUGINS}"
            )
        self._items[name] = (item, plugin)

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def items(self) -> Iterator[tuple[str, T]]:
        """Names with what is registered under them, sorted by name."""
        return ((name, self._items[name][0]) for name in self)

    def get(self, name: str) -> T | None:
        """What is registered under a name, or None."""
        return self._items[name][0] if name in self._items else None

    def owner(self, name: str) -> str:
        """The plugin that registered a name."""
        return self._items[name][1]


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin that works; ``distribution`` is ``name version``."""

    name: str
    distribution: str


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that is installed and can't be used."""

    name: str
    distribution: str
    reason: str


class Plugins:
    """What is registered, by kind."""

    def __init__(self) -> None:
        self.executors: Registry[type[Executor]] = Registry("executor")
        self.storages: Registry[type[Storage]] = Registry("storage scheme")
        self.input_formats: Registry[type[InputFormat]] = Registry("input format")
        self.output_formats: Registry[type[OutputFormat]] = Registry("output format")
        self.settings: Registry[type[BaseModel]] = Registry("settings model")
        self.commands: Registry[click.Command] = Registry("command")
        self.observers: Registry[type[Observer]] = Registry("observer")
        self.loaded: list[LoadedPlugin] = []
        self.broken: list[BrokenPlugin] = []
        self.packages: frozenset[str] = frozenset({"corral_core"})
        """The top-level packages of corral and of all plugins that are installed, loaded or not."""

    def executor(self, name: str) -> type[Executor]:
        """:raises PluginError: when there is none of that name: says which package brings it, or why it broke."""
        found = self.executors.get(name)
        if found is not None:
            return found
        for plugin in self.broken:
            if plugin.name == name or plugin.distribution.split(" ")[0] == KNOWN_PACKAGES.get(name):
                raise PluginError(
                    f"executor {name!r} can't be used because its plugin {plugin.name} ({plugin.distribution}) "
                    f"failed to load: {plugin.reason}"
                )
        if name in KNOWN_PACKAGES:
            raise PluginError(f"executor {name!r} is not installed; get it with: pip install {KNOWN_PACKAGES[name]}")
        broken = f"; broken: {', '.join(plugin.name for plugin in self.broken)}" if self.broken else ""
        raise PluginError(
            f"there is no executor {name!r}; installed are {', '.join(self.executors)}{broken} (see: corral plugins)"
        )

    def break_off(self, name: str, reason: str) -> bool:
        """Count a plugin that was loaded as broken; what it registered before stays. False for one that was not."""
        found = [plugin for plugin in self.loaded if plugin.name == name]
        for plugin in found:
            self.loaded.remove(plugin)
            self.broken.append(BrokenPlugin(name, plugin.distribution, reason))
        return bool(found) or any(plugin.name == name for plugin in self.broken)

    def input_format(self, name: str) -> type[InputFormat]:
        """:raises PluginError: when there is none of that name."""
        return _named(self.input_formats, name)

    def output_format(self, name: str) -> type[OutputFormat]:
        """:raises PluginError: when there is none of that name."""
        return _named(self.output_formats, name)

    def storage_references(self) -> dict[str, str]:
        """The storages that plugins bring, by scheme, as workers and :func:`~corral_core.storage.resolve.storage_for`
        are told of them.

        :raises JobError: for a class that no worker can import.
        """
        return {scheme: reference_to(cls) for scheme, cls in self.storages.items()}


def _named(registry: Registry[T], name: str) -> T:
    found = registry.get(name)
    if found is None:
        raise PluginError(f"there is no {registry.what} {name!r}; known are {', '.join(registry)}")
    return found


@cache
def load() -> Plugins:
    """All plugins of this process, built-ins first.

    :raises PluginError: on a name registered twice, or a hook that corral does not have.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(builtins, "corral-core")
    plugins = Plugins()
    entries = entry_points(group=PROJECT)
    plugins.packages |= {entry.module.partition(".")[0] for entry in entries}
    for entry in _chosen(entries):
        distribution, refusal = _package(entry)
        if refusal:
            plugins.broken.append(BrokenPlugin(entry.name, distribution, refusal))
            continue
        try:
            module = entry.load()
        except Exception as error:  # noqa: BLE001  (whatever a plugin's import raises must not break the others)
            plugins.broken.append(BrokenPlugin(entry.name, distribution, f"{type(error).__name__}: {error}"))
            continue
        _register(manager, module, entry.name, distribution)
        plugins.loaded.append(LoadedPlugin(entry.name, distribution))
    _collect(manager, plugins)
    return plugins


def _package(entry: EntryPoint) -> tuple[str, str | None]:
    """``name version`` of the package that an entry point is from, and why this corral is none for it."""
    if entry.dist is None:
        return entry.value, None
    metadata = entry.dist.metadata  # read once: each of name, version and requires would read the file again
    distribution = f"{metadata['Name']} {metadata['Version']}"
    wanted = refused_by(metadata.get_all("Requires-Dist") or (), _core_version)
    if wanted is None:
        return distribution, None
    return distribution, f"{distribution} is made for {wanted}, and this is {_core_version()}: upgrade one of them"


@cache
def _core_version() -> str:
    return version("corral-core")


def _chosen(entries: Iterable[EntryPoint]) -> list[EntryPoint]:
    entries = sorted(entries, key=lambda entry: entry.name)
    wanted = os.environ.get(LOAD_PLUGINS)
    if wanted is None:
        return entries
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    missing = names - {entry.name for entry in entries}
    if missing:
        known = ", ".join(entry.name for entry in entries) or "none"
        raise PluginError(
            f"{LOAD_PLUGINS} names {', '.join(sorted(missing))}, which no installed package brings; installed: {known}"
        )
    return [entry for entry in entries if entry.name in names]


def _register(manager: pluggy.PluginManager, module: Any, name: str, distribution: str) -> None:
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        reason = " ".join(str(error).split())
        raise PluginError(
            f"plugin {name} ({distribution}) does not fit corral's hooks: {reason}; upgrade it, or leave it out with "
            f"{LOAD_PLUGINS}"
        ) from error
    except ValueError as error:
        raise PluginError(f"plugin {name} ({distribution}) is registered twice: {error}") from error
    for warning in told:  # of a hook that is deprecated; pluggy does not know whose it is
        text = f"plugin {name} ({distribution}): {warning.message}"
        warnings.warn_explicit(text, warning.category, warning.filename, warning.lineno)


def _collect(manager: pluggy.PluginManager, plugins: Plugins) -> None:
    for plugin, item in _answers(manager.hook.corral_executors, plugins):
        plugins.executors.add(getattr(item, "name", ""), item, plugin)
    for plugin, item in _answers(manager.hook.corral_storages, plugins):
        for scheme in item.schemes:
            plugins.storages.add(scheme, item, plugin)
    for plugin, item in _answers(manager.hook.corral_formats, plugins):
        # A format that reads and one that writes may share a name, so each kind has its registry.
        registry: Registry[Any] = plugins.output_formats if hasattr(item, "encode") else plugins.input_formats
        registry.add(getattr(item, "name", ""), item, plugin)
    for plugin, item in _answers(manager.hook.corral_settings, plugins):
        plugins.settings.add(item.__name__, item, plugin)
    for plugin, item in _answers(manager.hook.corral_commands, plugins):
        plugins.commands.add(item.name or "", item, plugin)
    for plugin, item in _answers(manager.hook.corral_observers, plugins):
        plugins.observers.add(item.__qualname__, item, plugin)


def _answers(hook: pluggy.HookCaller, plugins: Plugins) -> Iterator[tuple[str, Any]]:
    # One implementation at a time, so that each answer keeps the name of its plugin.
    for impl in hook.get_hookimpls():
        answers: Iterable[Any] = ()
        try:
            answers = _listed(impl.function())
        except Exception as error:
            if not plugins.break_off(impl.plugin_name, f"{hook.name}: {type(error).__name__}: {error}"):
                raise
        for item in answers:
            # What corral brings itself is known to be right, and needs no look at every start.
            wrong = None if impl.plugin is builtins else flaw(hook.name, item)
            if wrong is None:
                yield impl.plugin_name, item
            else:
                plugins.break_off(impl.plugin_name, f"{hook.name}: {wrong}")


def _listed(answer: Any) -> list[Any]:
    if isinstance(answer, (str, type)) or not hasattr(answer, "__iter__"):
        raise TypeError(f"a hook answers a list, not {answer!r}")
    return list(answer)


def _where(item: object) -> str:
    module = getattr(item, "__module__", type(item).__module__)
    return f"{module}.{getattr(item, '__qualname__', type(item).__qualname__)}"
