"""``corral completion SHELL``: the script with which a shell completes corral's command line.

The script asks corral itself: with ``_CORRAL_COMPLETE`` set, :func:`answer` takes what has been typed and says what may
come next, a line each: a word, with a tab and its help behind it, or a kind of path, which the shell knows best.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import click
from click.shell_completion import ShellComplete, split_arg_string

from corral_core.cli.streams import out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.shell_completion import CompletionItem

__all__ = ["answer", "completion"]

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    short_help="Print a script that completes corral in your shell.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("shell", metavar="SHELL", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes corral in your SHELL: bash, zsh or fish.

    The script's first lines say how to load it.
    """
    script = files("corral_core").joinpath("cli", "completions", f"corral.{shell}")
    out(script.read_text(encoding="utf-8").rstrip("\n"))


def answer(how: str, arguments: Sequence[str]) -> None:
    """Print what may come next.

    :param how: ``line``: the one argument is the whole line up to the cursor; ``words``: each is a word behind the
        program's name, the last the one to complete.
    """
    words = _words(arguments[0]) if how == "line" else list(arguments)
    *given, incomplete = words or [""]
    for item in _items(given, incomplete):
        out(f":{item.type}" if item.type != "plain" else f"{item.value}\t{item.help or ''}")


def _words(line: str) -> list[str]:
    words = split_arg_string(line)[1:]
    return words if line and not line[-1].isspace() else [*words, ""]


def _items(given: list[str], incomplete: str) -> Iterator[CompletionItem]:
    from corral_core.cli.main import subcommand, subcommands

    command = subcommand(given[0]) if given else None
    if command is not None:
        yield from _of(command, given[1:], incomplete)
        return
    from click.shell_completion import CompletionItem

    from corral_core.cli.run import run_command

    if not given:
        known = subcommands()
        yield from (CompletionItem(name, help=text) for name, text in known if name.startswith(incomplete))
    yield from _of(run_command(), given, incomplete)


def _of(command: click.Command, given: list[str], incomplete: str) -> list[CompletionItem]:
    return ShellComplete(command, {}, "corral", "").get_completions(given, incomplete)
