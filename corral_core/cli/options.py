"""Makes the flags of the command from the settings, and groups them for the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corral_core.errors import PluginError
from corral_core.settings.fields import choices, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

    from corral_core.settings.schema import Schema, Setting

__all__ = ["COMMAND_GROUP", "JOB_FLAG", "CommandOption", "SettingOption", "given", "setting_options"]

COMMAND_GROUP = "Other"

_PARAMETER = "setting_"

JOB_FLAG = f"{_PARAMETER}job"
"""What click calls the value of ``--job``."""

_METAVARS = {
    "size": "SIZE",
    "duration": "TIME",
    "limit": "N|N%",
    "share": "N%",
    "integer": "N",
    "number": "NUMBER",
    "list": "A,B",
    "secret": "SECRET",
    "text": "TEXT",
}


class CommandOption(click.Option):
    """A flag that is no setting."""

    group = COMMAND_GROUP


class SettingOption(click.Option):
    """The flag of one setting. Its value stays a text, so that every layer's values are checked in one place."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.group = setting.group
        switch = setting.kind == "switch"
        *short, long = setting.flags
        # Click wants the parameter's name first; the prefix keeps it apart from the command's own parameters.
        names = [_PARAMETER + setting.attribute, *short, f"{long}/--no-{long[2:]}" if switch else long]
        several = setting.kind == "list"
        super().__init__(
            names, default=None, help=_help(setting), is_flag=switch, multiple=several, metavar=_metavar(setting)
        )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What the setting may be given."""
        del ctx
        from corral_core.cli.candidates import values

        return values(self.setting, incomplete)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """In short: without a longer name of the same flag, and with both ways of a switch in one word."""
        short, (long, *_) = self.opts[:-1], [flag for flag in self.opts if flag.startswith("--")]
        shown = f"--[no-]{long[2:]}" if self.is_flag else f"{long} {self.make_metavar(ctx)}"
        return ", ".join([*(flag for flag in short if not flag.startswith("--")), shown]), self.help or ""


def setting_options(schema: Schema, taken: frozenset[str]) -> list[SettingOption]:
    """A flag for every setting.

    :param taken: flags that the command has already.
    :raises PluginError: when two flags are the same.
    """
    owners = dict.fromkeys(taken, "corral's command")
    options = [SettingOption(setting) for setting in schema]
    for option in options:
        for flag in (*option.opts, *option.secondary_opts):
            owner = owners.setdefault(flag, option.setting.owner)
            if owner != option.setting.owner or (flag in taken):
                raise PluginError(f"{option.setting.owner} has the flag {flag}, which {owner} has already; rename it")
    return options


def given(options: list[SettingOption], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the command line gave, by attribute. A list may be given at once, ``a,b``, or one by one."""
    values = {option.setting.attribute: parameters[_PARAMETER + option.setting.attribute] for option in options}
    return {
        attribute: ",".join(value) if isinstance(value, tuple) else value
        for attribute, value in values.items()
        if value not in (None, ())
    }


def _metavar(setting: Setting) -> str | None:
    if setting.kind == "switch":
        return None
    return "|".join(choices(setting.field)) if setting.kind == "choice" else _METAVARS[setting.kind]


def _help(setting: Setting) -> str:
    default = setting.field.get_default(call_default_factory=True)
    text = setting.field.description or ""
    if default is None or default is False or default in ("", ()):
        return text
    return f"{text}  [{show(setting.field, default)}]"
