"""All settings there are: the fields of the core's model and of every model that a plugin registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corral_core.errors import PluginError
from corral_core.settings.core import CoreSettings
from corral_core.settings.fields import Kind, kind_of
from corral_core.settings.names import camel, canonical, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from corral_core.plugins import Plugins

__all__ = ["Schema", "Setting"]

PREFIX = "CORRAL_"


@dataclass(frozen=True, eq=False)
class Setting:
    """One field of one settings model."""

    name: str
    """The public spelling: the field's alias, or its attribute in camel case."""
    attribute: str
    model: type[BaseModel]
    owner: str
    """The plugin that registered the model."""
    field: FieldInfo

    @property
    def flags(self) -> tuple[str, ...]:
        """The command line's spellings, short forms first."""
        return (*self._extras.get("flags", ()), "--" + self.attribute.replace("_", "-"))

    @property
    def flag(self) -> str:
        """The flag to name in a message: the shortest that is a word."""
        return next(flag for flag in self.flags if flag.startswith("--"))

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + canonical(self.name).upper()

    @property
    def group(self) -> str:
        """The heading in the help: the core's own, or the plugin's name."""
        return str(self._extras.get("group", self.owner))

    @property
    def kind(self) -> Kind:
        """What it takes."""
        return kind_of(self.field)

    @property
    def _extras(self) -> dict[str, Any]:
        extras = self.field.json_schema_extra
        return extras if isinstance(extras, dict) else {}


class Schema:
    """Settings by canonical name, the core's first, each model's fields in their order.

    :raises PluginError: when two models have a field of the same name, or a field has no default.
    """

    def __init__(self, plugins: Plugins) -> None:
        self.models: list[type[BaseModel]] = [CoreSettings]
        self._by_name: dict[str, Setting] = {}
        self._add(CoreSettings, "corral-core")
        for name, model in plugins.settings.items():
            if model is not CoreSettings:
                self.models.append(model)
                self._add(model, plugins.settings.owner(name))

    def __iter__(self) -> Iterator[Setting]:
        # A setting whose alias differs from its attribute stands under both names.
        return iter(dict.fromkeys(self._by_name.values()))

    def find(self, name: str) -> Setting | None:
        """The setting of this name in any spelling."""
        return self._by_name.get(canonical(name))

    def nearest(self, name: str) -> Setting | None:
        """The setting that a mistaken name most likely meant."""
        close = nearest(name, self._by_name)
        return self._by_name[close] if close else None

    def _add(self, model: type[BaseModel], owner: str) -> None:
        for attribute, field in model.model_fields.items():
            setting = Setting(field.alias or camel(attribute), attribute, model, owner, field)
            if field.is_required():
                raise PluginError(
                    f"plugin {owner} has the setting {setting.name} ({_where(model)}) without a default; give it one"
                )
            for key in {canonical(setting.name), canonical(attribute)}:
                other = self._by_name.setdefault(key, setting)
                if other is not setting:
                    raise PluginError(
                        f"two plugins have the setting {setting.name}: {other.owner} ({_where(other.model)}) and "
                        f"{owner} ({_where(model)}); uninstall one, or leave it out with CORRAL_LOAD_PLUGINS"
                    )


def _where(model: type[BaseModel]) -> str:
    return f"{model.__module__}.{model.__qualname__}"
