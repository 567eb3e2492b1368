"""``corral plugin check NAME``: whether an installed plugin keeps the contract of what it registers."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.streams import out
from corral_core.errors import InputError, PluginError, UsageError, reason_of
from corral_core.plugins import KNOWN_PACKAGES

if TYPE_CHECKING:
    from corral_core.plugins import Plugins
    from corral_core.testing.check.run import Promise
    from corral_core.testing.check.subject import Subject

__all__ = ["plugin"]

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group("plugin", context_settings=_HELP, invoke_without_command=True)
@click.pass_context
def plugin(context: click.Context) -> None:
    """Check a plugin against the contracts: corral plugin check NAME."""
    if context.invoked_subcommand is None:
        raise UsageError("say what to do with which plugin: corral plugin check NAME")


@plugin.command("check", context_settings=_HELP)
@click.argument("name")
@click.option("--location", metavar="PATH", help="Where it may write: a directory that workers reach.")
@click.option("--sample", "samples", multiple=True, metavar="FILE", help="A small file of an input format; repeatable.")
@click.option("-k", "select", default="", metavar="EXPRESSION", help="Only promises whose names match, as in pytest.")
@click.option("-v", "--verbose", is_flag=True, help="Failures with their tracebacks.")
@click.pass_context
def check(context: click.Context, /, name: str, select: str, verbose: bool, **given: Any) -> None:
    """Run the contract suite over NAME: an executor, a storage's scheme or a format."""
    if find_spec("pytest") is None:
        raise PluginError("corral plugin check needs pytest; get it with: pip install 'corral-core[testing]'")
    from corral_core.testing.check.run import check as run

    table = _Table()
    for subject in _subjects(plugin_manager.load(), name, **given):
        out(f"{subject.kind} {subject.name}")
        run(subject, table.row, select)
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


def _subjects(plugins: Plugins, name: str, location: str | None, samples: tuple[str, ...]) -> list[Subject]:
    """Everything that goes by this name."""
    found = [
        *([_executor(plugins, name, location)] if name in plugins.executors else []),
        *([_storage(plugins, name, location)] if name in plugins.storages or _serves(location, name) else []),
        *([_output_format(plugins, name)] if name in plugins.output_formats else []),
        *([_input_format(plugins, name, samples)] if name in plugins.input_formats else []),
    ]
    if found:
        return found
    if name in KNOWN_PACKAGES or any(broken.name == name for broken in plugins.broken):
        plugins.executor(name)  # says why there is none: its package is not installed, or broken
    raise PluginError(
        f"nothing is registered as {name!r}: name an executor, a format or a storage's scheme that corral plugins "
        "lists, or give a --location of that scheme"
    )


def _serves(location: str | None, scheme: str) -> bool:
    from corral_core.storage.resolve import scheme_of

    return location is not None and scheme_of(location) == scheme


def _executor(plugins: Plugins, name: str, location: str | None) -> Subject:
    from corral_core.settings.api import load_settings
    from corral_core.testing.check.subject import Subject

    settings, kind = load_settings(flags={"executor": name}), plugins.executor(name)
    if location is None and kind.from_settings(settings).capabilities.remote:
        raise UsageError(
            f"the workers of {name} don't see this machine's files: give a directory that they reach with --location"
        )
    return Subject("executor", name, location, executor=lambda: kind.from_settings(settings))


def _storage(plugins: Plugins, name: str, location: str | None) -> Subject:
    from corral_core.storage.resolve import storage_for
    from corral_core.testing.check.subject import Subject

    if location is None or not _serves(location, name):
        raise UsageError(
            f"the storage of {name}:// needs a directory to work in: give one with --location {name}://..."
        )
    kind = plugins.storages.get(name)
    brought = {name: f"{kind.__module__}:{kind.__qualname__}"} if kind else None  # as workers are told of it
    return Subject("storage", name, location, storage=storage_for(location, brought))


def _output_format(plugins: Plugins, name: str) -> Subject:
    from corral_core.testing.check.subject import Subject

    writer = plugins.output_format(name)
    return Subject("output format", name, output_format=writer, input_format=plugins.input_format(writer.reads_as))


def _input_format(plugins: Plugins, name: str, samples: tuple[str, ...]) -> Subject:
    """Over the files that were given, or what the output formats write that it reads."""
    from corral_core.testing.check.subject import Subject
    from corral_core.testing.records import sample

    files = [_read(path) for path in samples]
    files += [sample(writer) for _, writer in plugins.output_formats.items() if writer.reads_as == name]
    if not files:
        raise UsageError(f"the input format {name} is checked over files: give small ones with --sample FILE")
    return Subject("input format", name, input_format=plugins.input_format(name), samples=tuple(files))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"the sample {path} can't be read: {reason_of(error)}") from error
