"""The ``corral`` command. A subcommand is one only as the first argument; everything else is a run."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import click

    from corral_core.engine.driver import Driver

__all__ = ["driver_main", "main"]

_COMMANDS = ("bundle", "clean", "config", "plugins", "runs")
"""Corral's own subcommands, each in the module of its name."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The console script: runs the command and exits.

    :param argv: by default the arguments of this process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _end_with(lambda: _dispatch(arguments), arguments)


def driver_main(driver: Driver, argv: Sequence[str] | None = None) -> NoReturn:
    """The same command for a script that has its driver at hand; the arguments begin with the inputs."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _end_with(lambda: _dispatch_driver(driver, arguments), arguments)


def _end_with(action: Callable[[], None], arguments: Sequence[str]) -> NoReturn:
    try:
        from corral_core.cli.failures import guard
        from corral_core.cli.streams import speak_json

        speak_json(_asks_for_json(arguments))
    except KeyboardInterrupt:  # so soon that there is no guard yet to tell of it
        sys.exit(130)
    sys.exit(guard(action))


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether an error should be JSON even if it comes before the settings are known, or is one of theirs."""
    asked = os.environ.get("CORRAL_LOGFORMAT") or os.environ.get("CORRAL_LOG_FORMAT")
    for argument, following in pairwise([*arguments, ""]):
        if argument.startswith("--log-format"):
            _, given, value = argument.partition("=")
            asked = value if given else following
    return asked == "json"


def _dispatch(arguments: list[str]) -> None:
    first = arguments[0] if arguments else ""
    if first == "--version":  # a flag of the run too; here it is answered without plugins and settings
        from importlib.metadata import version

        from corral_core.cli.streams import out

        out(f"corral {version('corral-core')}")
        return
    command = _subcommand(first)
    if command is not None:
        from corral_core.cli.streams import quiet_pipe

        with quiet_pipe():
            _invoke(command, f"corral {first}", arguments[1:])
        return
    from corral_core.cli.run import run_command

    _invoke(run_command(subcommands=_subcommands), "corral", arguments)


def _dispatch_driver(driver: Driver, arguments: list[str]) -> None:
    from pathlib import Path

    from corral_core.cli.run import run_command
    from corral_core.engine.source import source_of

    _invoke(run_command(lambda _choice: source_of(driver)), Path(sys.argv[0]).name, arguments)


def _invoke(command: click.Command, name: str, arguments: list[str]) -> None:
    # Not command.main(), which has its own ideas of what to do with an error.
    from corral_core.cli.streams import quiet_pipe

    with quiet_pipe():  # --help prints while it parses
        context = command.make_context(name, arguments)
    with context:
        command.invoke(context)


def _subcommand(name: str) -> click.Command | None:
    if name in _COMMANDS:
        command: click.Command = getattr(import_module(f"corral_core.cli.{name}"), name)
        return command
    # Nothing that looks like a job needs the plugins to be asked.
    if not name or name.startswith("-") or any(mark in name for mark in "./:"):
        return None
    from corral_core.plugins import load

    return load().commands.get(name)


def _subcommands() -> list[tuple[str, str]]:
    from corral_core.plugins import load

    commands = load().commands
    found = [_subcommand(name) for name in (*_COMMANDS, *commands)]
    return [(command.name or "", command.get_short_help_str(80)) for command in found if command is not None]
