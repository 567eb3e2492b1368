"""``corral config``: every effective setting, its value, and where that came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from corral_core.cli.streams import out
from corral_core.settings.api import load_settings

if TYPE_CHECKING:
    from corral_core.settings.api import Item

__all__ = ["config"]


@click.command("config", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="As one JSON object; sizes in bytes.")
def config(as_json: bool) -> None:
    """Show every setting, its value, and where that came from."""
    items = list(load_settings().items())
    out(_json(items) if as_json else _table(items))


def _table(items: list[Item]) -> str:
    rows = [(item.setting.name, item.shown, str(item.origin)) for item in items]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:{widths[0]}}  {value:{widths[1]}}  {origin}" for name, value, origin in rows)


def _json(items: list[Item]) -> str:
    table = {
        item.setting.name: {
            "value": item.shown if item.setting.kind == "secret" and item.value is not None else item.value,
            "layer": item.origin.layer,
            "where": item.origin.where,
        }
        for item in items
    }
    return json.dumps(table, indent=2, default=str)
