"""Every hook of corral, one screen. A plugin is a module named in the entry-point group ``corral``; it marks the
hooks that it has with :data:`hookimpl`. Hooks register classes, once, when plugins load; no hook is called while
records move. All plugins' answers are put together in no particular order: a name registered twice is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click
    from pydantic import BaseModel

    from corral_core.events import Observer
    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.storage.api import Storage

__all__ = ["PROJECT", "hookimpl"]

PROJECT = "corral"
"""Pluggy's name of these hooks, and the entry-point group of plugins."""
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks the functions of a plugin that are hooks."""


@hookspec
def corral_executors() -> Sequence[type[Executor]]:
    """Executors, each under its class's ``name``.

    :returns: classes whose modules import their SDK only when an executor opens.
    """
    return ()


@hookspec
def corral_storages() -> Sequence[type[Storage]]:
    """Storages, each for its class's ``schemes``. A plugin's storage comes before fsspec's for the same scheme."""
    return ()


@hookspec
def corral_formats() -> Sequence[type[InputFormat] | type[OutputFormat]]:
    """Input and output formats, each under its class's ``name``."""
    return ()


@hookspec
def corral_settings() -> Sequence[type[BaseModel]]:
    """Settings models. Their fields become settings in every layer and flags of the command.

    :returns: models with defaults for all fields; a field's description is its help.
    """
    return ()


@hookspec
def corral_commands() -> Sequence[click.Command]:
    """Subcommands of ``corral``."""
    return ()


@hookspec
def corral_observers() -> Sequence[type[Observer]]:
    """Observers, one instance made for each run, told of every event of the run in the driver."""
    return ()
