"""``corral plugin check NAME``: whether an installed plugin keeps the contract of what it registers."""

from __future__ import annotations

import sys
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import executors
from corral_core.cli.streams import leave, out
from corral_core.errors import PluginError, UsageError

if TYPE_CHECKING:
    from corral_core.testing.check.run import Promise

__all__ = ["plugin"]

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group("plugin", context_settings=_HELP, invoke_without_command=True)
@click.pass_context
def plugin(context: click.Context) -> None:
    """Check a plugin against the contracts: corral plugin check NAME."""
    if context.invoked_subcommand is None:
        raise UsageError("say what to do with which plugin: corral plugin check NAME")


@plugin.command("check", short_help="Run the contract suite over NAME.", context_settings=_HELP)
@click.argument("name", shell_complete=executors)
@click.option("--location", metavar="PATH", help="Where it may write: a directory that workers reach.")
@click.option("--sample", "samples", multiple=True, metavar="FILE", help="A small file of a format; may be repeated.")
@click.option("-k", "select", default="", metavar="EXPRESSION", help="Only promises whose names match, as in pytest.")
@click.option("-v", "--verbose", is_flag=True, help="Failures with their tracebacks.")
@click.pass_context
def check(context: click.Context, /, name: str, select: str, verbose: bool, **given: Any) -> None:
    """Run the contract suite over NAME: an executor, a storage's scheme or a format."""
    if find_spec("pytest") is None:
        raise PluginError("corral plugin check needs pytest; get it with: pip install 'corral-core[testing]'")
    from corral_core.testing.check.run import check as run
    from corral_core.testing.check.subjects import subjects

    table = _Table()
    for subject in subjects(plugin_manager.load(), name, **given):
        out(f"{subject.kind} {subject.name}")
        try:
            run(subject, table.row, select)
        except SystemExit:  # nobody reads; and pytest has given this process back the stdout that nobody reads
            leave(sys.stdout)
    table.end(verbose=verbose)
    if table.failures:
        context.exit(1)


class _Table:
    """A row for each promise as it comes, and what went wrong at the end."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.failures: list[Promise] = []

    def row(self, promise: Promise, width: int) -> None:
        """Show one."""
        self._counts[promise.outcome] += 1
        word: str = promise.outcome
        if promise.outcome == "failed":
            self.failures.append(promise)
            word = "FAILED"
        out(f"  {promise.name:{width}}  {word:7}  {promise.reason}".rstrip())

    def end(self, *, verbose: bool) -> None:
        """Show the failures, with what was promised, and how many there are of each kind."""
        for promise in self.failures:
            out(f"\n{promise.name}\n  promised: {promise.sentence}\n  instead:  {promise.reason}")
            if verbose:
                out("\n" + promise.traceback.rstrip())
        counts = ", ".join(f"{self._counts[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped"))
        out(f"\n{self._counts.total()} promises: {counts}")
