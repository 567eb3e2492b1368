"""The layers of settings: each gives names as they were written, with values and origins.

::

    options in code  >  flags  >  CORRAL_* variables  >  ./corralrc, key by key over ~/.corral/corralrc  >  defaults
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from corral_core.errors import SettingsError
from corral_core.plugins import KNOWN_PACKAGES
from corral_core.settings import rcfile
from corral_core.settings.names import canonical
from corral_core.settings.origin import Origin
from corral_core.settings.schema import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from corral_core.plugins import Plugins
    from corral_core.settings.schema import Schema, Setting

__all__ = ["RESERVED", "Entry", "from_code", "from_environment", "from_flags", "from_rc", "of_an_absent", "resolve"]

RESERVED = frozenset({"CORRAL_LOAD_PLUGINS", "CORRAL_CODE_ROOT"})
"""Variables of corral's that are no settings."""


class Entry(NamedTuple):
    """One value in one layer."""

    name: str
    """As it was written, without the prefix of a variable."""
    value: Any
    origin: Origin


def from_code(options: Mapping[str, Any]) -> list[Entry]:
    """Options of a Driver or of a call. None stands for an option that was not given, here and in an rc file."""
    return [Entry(name, value, Origin("code", name)) for name, value in options.items()]


def from_flags(flags: Mapping[str, Any], schema: Schema) -> list[Entry]:
    """Flags that the command line was given, by attribute."""
    found = ((name, value, schema.find(name)) for name, value in flags.items())
    return [Entry(name, value, Origin("flag", setting.flag if setting else name)) for name, value, setting in found]


def from_environment(environment: Mapping[str, str]) -> list[Entry]:
    """Every ``CORRAL_`` variable; an empty one counts as not set."""
    return [
        Entry(name.removeprefix(PREFIX), value, Origin("environment", name))
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in RESERVED and value
    ]


def from_rc(directory: Path) -> list[Entry]:
    """The rc file of one directory."""
    path = rcfile.find(directory)
    return (
        [] if path is None else [Entry(name, value, Origin("rc file", str(path))) for name, value in rcfile.read(path)]
    )


def resolve(layer: Iterable[Entry], schema: Schema, plugins: Plugins) -> dict[Setting, Entry]:
    """The settings of one layer.

    :raises SettingsError: for a name that no setting has, and for a setting that stands there twice.
    """
    found: dict[Setting, Entry] = {}
    for entry in layer:
        setting = schema.find(entry.name)
        if setting is None:
            raise SettingsError(_unknown(entry, schema, plugins))
        if setting in found:
            raise SettingsError(_twice(found[setting], entry))
        found[setting] = entry
    return {setting: entry for setting, entry in found.items() if entry.value is not None}


def _unknown(entry: Entry, schema: Schema, plugins: Plugins) -> str:
    written = entry.origin.where if entry.origin.layer == "environment" else entry.name
    message = f"unknown setting {written} in {entry.origin.place}"
    absent = of_an_absent(entry.name, plugins)
    if absent:
        return f"{message}; {absent}"
    near = schema.nearest(entry.name)
    if near:
        return f"{message}; did you mean {entry.origin.spell(near, entry.name)}?"
    return f"{message}; see: corral config"


def of_an_absent(name: str, plugins: Plugins) -> str:
    """What to say of a name that looks like a setting of a known plugin that is not there; empty: it does not."""
    # The settings of lambda begin with lambda, those of local-process with local.
    for executor, package in KNOWN_PACKAGES.items():
        if canonical(name).startswith(executor.split("-")[0]) and executor not in plugins.executors:
            return f"it may belong to {package}, which is not loaded: pip install {package}, or see: corral plugins"
    return ""


def _twice(first: Entry, second: Entry) -> str:
    names = [entry.origin.where if entry.origin.layer == "environment" else entry.name for entry in (first, second)]
    if names[0] == names[1]:
        return f"{second.origin.place} has {names[0]} twice; keep one of them"
    return f"{second.origin.place} has both {names[0]} and {names[1]}, which are the same setting; keep one of them"
