"""Settings as the rest of corral sees them: :func:`load_settings` reads the layers, :class:`Settings` answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from corral_core import plugins as plugin_manager
from corral_core.errors import PluginError, SettingsError
from corral_core.settings import sources
from corral_core.settings.core import CoreSettings
from corral_core.settings.fields import show
from corral_core.settings.origin import Layer, Origin
from corral_core.settings.schema import Schema, Setting
from corral_core.settings.validate import validated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from corral_core.plugins import Plugins
    from corral_core.settings.sources import Entry

__all__ = ["CoreSettings", "Item", "Layer", "Origin", "Settings", "load_settings"]

Model = TypeVar("Model")


class Item(NamedTuple):
    """One effective setting."""

    setting: Setting
    value: Any
    shown: str
    """As people read it; a secret shows as stars."""
    origin: Origin


class Settings:
    """The effective settings, checked, each with its origin. Satisfies
    :class:`~corral_core.executor.SettingsView`."""

    def __init__(
        self, schema: Schema, sections: Mapping[type[Any], BaseModel], origins: Mapping[Setting, Origin]
    ) -> None:
        self._schema = schema
        self._sections = sections
        self._origins = origins

    @property
    def core(self) -> CoreSettings:
        """The core's own; ``executor`` is never None here."""
        return self.section(CoreSettings)

    def section(self, model: type[Model], /) -> Model:
        """The settings of one registered model.

        :raises PluginError: when no plugin registered it.
        """
        found = self._sections.get(model)
        if not isinstance(found, model):
            raise PluginError(f"no plugin registers the settings model {model.__name__}; answer it in corral_settings")
        return found

    def origin(self, name: str) -> Origin:
        """Where a setting's value came from.

        :param name: in any spelling.
        :raises KeyError: when there is no such setting.
        """
        return self._origins.get(self._setting(name), Origin("default"))

    def is_set(self, name: str) -> bool:
        """Whether somebody set it, in any layer."""
        return self.origin(name).layer != "default"

    def items(self) -> Iterator[Item]:
        """Every setting, the core's first."""
        for setting in self._schema:
            value = getattr(self._sections[setting.model], setting.attribute)
            yield Item(setting, value, show(setting.field, value), self.origin(setting.name))

    def item(self, name: str) -> Item:
        """One effective setting.

        :param name: in any spelling.
        :raises SettingsError: when there is no such setting; names the nearest.
        """
        found = self._schema.find(name)
        if found is None:
            near = self._schema.nearest(name)
            way_out = f"did you mean {near.name}?" if near else "corral config shows all"
            raise SettingsError(f"there is no setting {name}; {way_out}")
        return next(item for item in self.items() if item.setting is found)

    def _setting(self, name: str) -> Setting:
        found = self._schema.find(name)
        if found is None:
            raise KeyError(name)
        return found


def load_settings(
    options: Mapping[str, Any] | None = None,
    flags: Mapping[str, Any] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    home: Path | None = None,
    plugins: Plugins | None = None,
) -> Settings:
    """Read all layers.

    :param options: options in code, in any spelling.
    :param flags: flags that were given, by attribute.
    :param env: by default this process's environment.
    :param cwd: the directory whose rc file comes first.
    :param home: the home directory, whose ``.corral`` has the other rc file.
    :param plugins: by default those of this process.
    :raises SettingsError: for an unknown or doubled name in any layer, a bad value, or an rc file that can't be read.
    """
    plugins = plugins or plugin_manager.load()
    schema = Schema(plugins)
    layers = [
        sources.from_code(options or {}),
        sources.from_flags(flags or {}, schema),
        sources.from_environment(os.environ if env is None else env),
        *map(sources.from_rc, _rc_directories(cwd, home)),
    ]
    given: dict[Setting, Entry] = {}
    for layer in reversed(layers):
        given |= sources.resolve(layer, schema, plugins)
    origins = {setting: entry.origin for setting, entry in given.items()}
    sections = {model: validated(model, given) for model in schema.models}
    core = sections[CoreSettings]
    if isinstance(core, CoreSettings) and core.executor is None:
        name = "local-process" if "local-process" in plugins.executors else "inline"
        sections[CoreSettings] = core.model_copy(update={"executor": name})
    return Settings(schema, sections, origins)


def _rc_directories(cwd: Path | None, home: Path | None) -> list[Path]:
    try:
        here = cwd or Path.cwd()
    except FileNotFoundError:
        raise SettingsError("the current directory has been removed: change to one that is there") from None
    try:
        private = (home or Path.home()) / ".corral"
    except RuntimeError:  # no home directory, as in some containers
        return [here]
    # Once, when somebody works in ~/.corral itself.
    return list({path.resolve(): path for path in (here, private)}.values())
