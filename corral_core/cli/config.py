"""``corral config``: the effective settings and where they came from; ``corral config init``: a file to set them in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import setting_names
from corral_core.cli.streams import err, out
from corral_core.cli.table import table_lines
from corral_core.errors import OutputError, UsageError, reason_of
from corral_core.settings import rcfile
from corral_core.settings.api import load_settings
from corral_core.settings.schema import Schema
from corral_core.settings.template import FORMATS, Format, template

if TYPE_CHECKING:
    from corral_core.settings.api import Item

__all__ = ["config"]

_CONTEXT = {"help_option_names": ["-h", "--help"]}
_SHOW = "show"


class _Config(click.Group):
    """A group whose ``show`` may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the word that is meant put in."""
        plain = args[:1] and args[0] in (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if plain else [_SHOW, *args])


@click.group(
    "config",
    cls=_Config,
    short_help="Show settings and where they come from; write a corralrc.",
    context_settings=_CONTEXT,
)
def config() -> None:
    """Show settings, and where they come from; or write a file to set them in.

    corral config [NAME] is short for corral config show [NAME], and takes the same flags.
    """


@config.command(_SHOW, short_help="Show all settings, or the value of one.")
@click.argument("name", required=False, shell_complete=setting_names)
@click.option("--show-origin", "origins", is_flag=True, help="Where each value came from, with the line of an rc file.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object; sizes in bytes.")
def show(name: str | None, origins: bool, as_json: bool) -> None:
    """Show all settings, those that somebody set first; or the value of one, by NAME."""
    settings = load_settings()
    items = [settings.item(name)] if name else sorted(settings.items(), key=lambda item: item.origin.layer == "default")
    if as_json:
        out(_json(items))
    elif name and not origins:
        out(items[0].shown)
    else:
        out(_table(items, origins=origins))


@config.command("init", short_help="Write a corralrc with every setting, to edit.")
@click.option("--global", "everywhere", is_flag=True, help="In ~/.corral, for all directories.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="What to write it in.  [toml]")
@click.option("--force", is_flag=True, help="Replace the file that is there.")
def init(everywhere: bool, form: Format | None, force: bool) -> None:
    """Write a corralrc with every setting and its help, which sets none yet."""
    directory = _home() if everywhere else Path.cwd()
    found = rcfile.find(directory)
    if found is not None and not force:
        raise OutputError(f"{found} is there already: edit it, or replace it with --force")
    path = found or directory / "corralrc"
    form = _format_of(path, form)
    text = template(Schema(plugin_manager.load()), form)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} can't be written: {reason_of(error)}") from error
    how = "put a value for a null" if form == "json" else "take the # away from a line"
    err(f"{path} has every setting and sets none yet: {how}")


def _format_of(path: Path, form: Format | None) -> Format:
    """The format that the name of an rc file asks for, where it does."""
    named = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}.get(path.suffix)
    if form and named and form != named:
        raise UsageError(f"{path} is there, which is {named} by its name: remove it first, or leave out --format")
    return next(one for one in FORMATS if one == (named or form or "toml"))


def _home() -> Path:
    try:
        return Path.home() / ".corral"
    except RuntimeError as error:
        raise OutputError("there is no home directory here: leave out --global") from error


def _table(items: list[Item], *, origins: bool) -> str:
    rows = [(item.setting.name, item.shown, _origin(item, whole=origins)) for item in items]
    return "\n".join(table_lines(rows))


def _origin(item: Item, *, whole: bool) -> str:
    origin = item.origin
    if origin.layer == "default":
        return f"default of {item.setting.owner}" if whole else ""
    line = rcfile.line_of(Path(origin.where), item.setting.name) if whole and origin.layer == "rc file" else None
    return f"{origin}:{line}" if line else str(origin)


def _json(items: list[Item]) -> str:
    table: dict[str, Any] = {
        item.setting.name: {
            "value": item.shown if item.setting.kind == "secret" and item.value is not None else item.value,
            "layer": item.origin.layer,
            "where": item.origin.where,
        }
        for item in items
    }
    return json.dumps(table, indent=2, default=str)
