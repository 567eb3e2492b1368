"""``corral plugins``: what is installed, what each plugin registers, and which are broken."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.streams import out

if TYPE_CHECKING:
    from corral_core.plugins import Plugins, Registry

__all__ = ["plugins"]

_CORE = "corral-core"


@click.command(
    "plugins",
    short_help="List plugins and what they register, broken ones too.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def plugins() -> None:
    """List plugins, what they register, and broken ones with the reason."""
    out(_listing(plugin_manager.load()))


def _listing(found: Plugins) -> str:
    # The entry point's name is how messages speak of a plugin; the distribution is what pip knows.
    titles = {_CORE: f"{_CORE} {version(_CORE)} (built in)"}
    titles |= {plugin.name: f"{plugin.name} ({plugin.distribution})" for plugin in found.loaded}
    lines: list[str] = []
    for name, title in titles.items():
        lines += [title, *(f"  {what}: {', '.join(names)}" for what, names in _registered(found, name))]
    for broken in found.broken:
        reason = " ".join(broken.reason.split())
        lines.append(f"{broken.name} ({broken.distribution}) is broken: {reason}")
    return "\n".join(lines)


def _registered(found: Plugins, plugin: str) -> list[tuple[str, list[str]]]:
    registries: list[tuple[str, Registry[Any]]] = [
        ("executors", found.executors),
        ("storage schemes", found.storages),
        ("input formats", found.input_formats),
        ("output formats", found.output_formats),
        ("settings", found.settings),
        ("commands", found.commands),
        ("observers", found.observers),
    ]
    kinds = ((what, [name for name in registry if registry.owner(name) == plugin]) for what, registry in registries)
    return [(what, names) for what, names in kinds if names] or [("registers", ["nothing"])]
