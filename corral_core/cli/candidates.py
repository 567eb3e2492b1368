"""What may be given where: for completion. Kinds of paths are the shell's to complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import plugins
from corral_core.settings.fields import choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click
    from click.shell_completion import CompletionItem

    from corral_core.settings.schema import Setting

__all__ = ["directories", "executors", "job_files", "paths", "setting_names", "values"]

_PATHS = {"workingLocation": "directory", "spillDirectory": "directory", "requirements": "file", "resume": "file"}
"""Behind a bare --resume comes the job, or an input."""


def job_files(_context: click.Context, _parameter: click.Parameter, _incomplete: str) -> list[CompletionItem]:
    """A job is a Python file, mostly."""
    return _of_kind("python")


def paths(_context: click.Context, _parameter: click.Parameter, _incomplete: str) -> list[CompletionItem]:
    """Files and directories."""
    return _of_kind("file")


def directories(_context: click.Context, _parameter: click.Parameter, _incomplete: str) -> list[CompletionItem]:
    """Directories alone."""
    return _of_kind("directory")


def values(setting: Setting, incomplete: str) -> list[CompletionItem]:
    """Of a setting: what it chooses from, or the kind of path that it takes."""
    if setting.name in _PATHS:
        return _of_kind(_PATHS[setting.name])
    from click.shell_completion import CompletionItem

    return [CompletionItem(value) for value in _known(setting) if value.startswith(incomplete)]


def setting_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """All settings there are."""
    from corral_core.settings.schema import Schema

    return [setting.name for setting in Schema(plugins.load()) if setting.name.startswith(incomplete)]


def executors(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Those that are installed."""
    return [name for name in plugins.load().executors if name.startswith(incomplete)]


def _of_kind(kind: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem("", type=kind)]


def _known(setting: Setting) -> Iterable[str]:
    found = plugins.load()
    named: dict[str, Iterable[str]] = {
        "executor": found.executors,
        "inputFormat": found.input_formats,
        "outputFormat": found.output_formats,
    }
    return named.get(setting.name, choices(setting.field))
