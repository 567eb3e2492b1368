"""``corral help [TOPIC]``: all flags of a topic, or the help of a subcommand."""

from __future__ import annotations

from typing import Any

import click

from corral_core.cli.grouped import GroupedCommand, write_flags
from corral_core.cli.options import COMMAND_GROUP
from corral_core.cli.streams import out
from corral_core.errors import UsageError

__all__ = ["help"]

_ALL = "all"


def _topics(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from corral_core.cli.main import subcommands

    known = [_ALL, *_groups(_run_command()), *(name for name, _ in subcommands())]
    return [name for name in known if name.startswith(incomplete)]


@click.command(
    "help",
    short_help="Show all flags of a TOPIC, or the help of a subcommand.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("words", metavar="[TOPIC]", nargs=-1, shell_complete=_topics)
def help(words: tuple[str, ...]) -> None:  # noqa: A001  (a subcommand has the name of its function)
    """Show all flags of a TOPIC (all, run, input, lambda, ...), or the help of a subcommand."""
    from corral_core.cli.main import subcommand

    command = _run_command()
    groups = _groups(command)
    if not words:
        return out(_context(command, "corral").get_help())
    topic, *within = words
    if not within and (topic == _ALL or topic in groups):
        chosen = groups if topic == _ALL else {topic: groups[topic]}
        return _show_groups(command, chosen)
    found = subcommand(topic)
    context = _context(found, f"corral {topic}") if found else None
    for word in within:
        context = _within(context, word) if context else None
    if context is None:
        topics = ", ".join([_ALL, *groups])
        raise UsageError(f"there is no topic {' '.join(words)!r}; give {topics}, or the name of a subcommand")
    return out(context.get_help())


def _run_command() -> GroupedCommand:
    from corral_core.cli.main import subcommands
    from corral_core.cli.run import run_command

    return run_command(subcommands=subcommands)


def _groups(command: GroupedCommand) -> dict[str, list[click.Option]]:
    """Flags by topic; a topic is a heading in lower case."""
    groups: dict[str, list[click.Option]] = {}
    for option in command.params:
        if isinstance(option, click.Option):
            groups.setdefault(getattr(option, "group", COMMAND_GROUP).lower(), []).append(option)
    return groups


def _show_groups(command: GroupedCommand, groups: dict[str, list[click.Option]]) -> None:
    context = _context(command, "corral")
    formatter = context.make_formatter()
    for heading, options in groups.items():
        write_flags(context, formatter, heading, options)
    out(formatter.getvalue().strip("\n"))


def _within(context: click.Context, word: str) -> click.Context | None:
    """The context of a subcommand's own subcommand."""
    found = context.command.commands.get(word) if isinstance(context.command, click.Group) else None
    return _context(found, word, context) if found else None


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    settings: dict[str, Any] = dict(command.context_settings)
    return command.context_class(command, info_name=name, parent=parent, **settings)
