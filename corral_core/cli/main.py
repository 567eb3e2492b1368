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

    from corral_core.driver import Driver
    from corral_core.errors import JobError

__all__ = ["driver_main", "main", "subcommand", "subcommands"]

_COMMANDS = (
    "bundle",
    "cat",
    "clean",
    "completion",
    "config",
    "doctor",
    "help",
    "new",
    "plan",
    "plugin",
    "plugins",
    "report",
    "runs",
)
"""Corral's own subcommands, each in the module of its name."""

_COMPLETE = "_CORRAL_COMPLETE"
"""Set by the scripts of ``corral completion``; no setting, which would begin with CORRAL_."""


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
    if os.environ.get(_COMPLETE):
        from corral_core.cli.completion import answer

        answer(os.environ[_COMPLETE], arguments)
        return
    first = arguments[0] if arguments else ""
    if first == "--version":  # a flag of the run too; here it is answered without plugins and settings
        from corral_core.cli.streams import out
        from corral_core.cli.version import version_text

        out(version_text())
        return
    command = subcommand(first)
    if command is not None:
        from corral_core.cli.streams import quiet_pipe

        with quiet_pipe():
            _invoke(command, f"corral {first}", arguments[1:])
        return
    from corral_core.cli.run import run_command
    from corral_core.errors import JobError

    try:
        _invoke(run_command(subcommands=subcommands), "corral", arguments)
    except JobError as error:
        if isinstance(error.__cause__, ModuleNotFoundError) and error.__cause__.name == first:
            _suggest(first, error)
        raise


def _suggest(word: str, error: JobError) -> None:
    """A word that names no job may be a mistaken subcommand."""
    from difflib import get_close_matches

    for near in get_close_matches(word, [name for name, _ in subcommands()], n=1):
        error.add_note(f"did you mean the command: corral {near}")


def _dispatch_driver(driver: Driver, arguments: list[str]) -> None:
    from pathlib import Path

    from corral_core.cli.run import run_command
    from corral_core.engine.source import source_of

    _invoke(run_command(lambda _choice: source_of(driver)), Path(sys.argv[0]).name, arguments)


def _invoke(command: click.Command, name: str, arguments: list[str]) -> None:
    # Not command.main(), which has its own ideas of what to do with an error.
    from corral_core.cli.streams import answering, quiet_pipe

    with answering(), quiet_pipe():  # --help prints while it parses
        context = command.make_context(name, arguments)
    with context:
        command.invoke(context)


def subcommand(name: str) -> click.Command | None:
    """Corral's own, or a plugin's; None when there is none of that name."""
    if name in _COMMANDS:
        command: click.Command = getattr(import_module(f"corral_core.cli.{name}"), name)
        return command
    # Nothing that looks like a job needs the plugins to be asked.
    if not name or name.startswith("-") or any(mark in name for mark in "./:"):
        return None
    from corral_core.plugins import load

    return load().commands.get(name)


def subcommands() -> list[tuple[str, str]]:
    """Names and one-line helps of all there are."""
    from corral_core.plugins import load

    commands = load().commands
    found = [subcommand(name) for name in (*_COMMANDS, *commands)]
    return [(command.name or "", _first_line(command)) for command in found if command is not None]


def _first_line(command: click.Command) -> str:
    return (command.short_help or command.help or "").strip().partition("\n")[0].rstrip(".")
