"""``corral [OPTIONS] JOB [INPUTS]...``, and the same without JOB for a script that runs its own driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import job_files, paths
from corral_core.cli.failures import stopping_on_signals
from corral_core.cli.grouped import GroupedCommand
from corral_core.cli.options import CommandOption, given, setting_options
from corral_core.cli.resume import Unfinished
from corral_core.cli.streams import err, json_apart, out, record, speak_json
from corral_core.errors import InputError, UsageError
from corral_core.settings.api import Settings, load_settings
from corral_core.settings.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.engine.result import RunResult

    Loader = Callable[[str | None], JobSource]
    """Gives the job, with the choice among several that the settings make."""

__all__ = ["run_command"]


@dataclass(frozen=True)
class _Request:
    """One command line, taken apart."""

    load: Loader | None
    inputs: Sequence[str]
    flags: dict[str, Any]
    quiet: bool
    memprofile: str | None
    arguments: Sequence[str]
    """As they were given."""


def run_command(
    loader: Loader | None = None, subcommands: Callable[[], Sequence[tuple[str, str]]] | None = None
) -> GroupedCommand:
    """The command, with a flag for every setting there is.

    :param loader: gives the job of a script; without one the first argument names the job.
    """
    own = _own_options()
    taken = frozenset(flag for option in own for flag in option.opts) | {"-h", "--help"}
    options = setting_options(Schema(plugin_manager.load()), taken)

    def run(inputs: tuple[str, ...], job: str | None = None, **parameters: Any) -> None:
        load = loader or (_loader(job) if job else None)
        flags = given(options, parameters)
        if parameters["on_lambda"] and flags.setdefault("executor", "lambda") != "lambda":
            raise UsageError(f"--lambda and --executor {flags['executor']} ask for two executors; give one of them")
        arguments = click.get_current_context().obj or ()
        request = _Request(load, inputs, flags, parameters["quiet"], parameters["memprofile"], arguments)
        if parameters["undeploy"]:
            _undeploy(request)
        else:
            _run(request)

    command = GroupedCommand(
        "corral",
        callback=run,
        params=[*_arguments(loader is None), *options, *own],
        help="Run the MapReduce job of a Python file (or module:name) over INPUTS: files, globs, directories."
        if loader is None
        else "Run this job over INPUTS: files, globs, directories.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    command.subcommands = subcommands
    command.find = lambda spec, choice: _found(loader or (_loader(spec) if spec else None), choice)
    return command


def _found(load: Loader | None, choice: str | None) -> JobSource | None:
    return None if load is None else load(choice)


def _arguments(job: bool) -> list[click.Parameter]:
    inputs = click.Argument(["inputs"], nargs=-1, metavar="[INPUTS]...", shell_complete=paths)
    return (
        [click.Argument(["job"], required=False, metavar="JOB", shell_complete=job_files), inputs] if job else [inputs]
    )


def _own_options() -> list[click.Option]:
    return [
        CommandOption(["on_lambda", "--lambda"], is_flag=True, help="The same as --executor lambda."),
        CommandOption(["--undeploy"], is_flag=True, help="Remove what the executor deployed; run nothing."),
        CommandOption(
            ["--memprofile"],
            metavar="FILE",
            shell_complete=paths,
            help="Profile the memory of this process and of local workers (memray).",
        ),
        CommandOption(["-q", "--quiet"], is_flag=True, help="No progress and no summary."),
        CommandOption(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show versions: corral, plugins, Python.",
        ),
    ]


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked:
        from corral_core.cli.version import version_text

        out(version_text())
        ctx.exit()


def _loader(spec: str) -> Loader:
    def load(choice: str | None) -> JobSource:
        from corral_core.engine.loading import load_job

        return load_job(spec, choice)

    return load


def _loaded(request: _Request) -> tuple[JobSource | None, Settings]:
    # Twice when the driver has options: the first reading finds the job, whose options come before all else.
    settings = load_settings(flags=request.flags)
    source = request.load(settings.core.job) if request.load else None
    if source is not None and source.options:
        settings = load_settings(source.options, request.flags)
    return source, settings


def _run(request: _Request) -> None:
    source, settings = _loaded(request)
    if source is None:
        raise UsageError("no job given; try: corral job.py in.txt --out result/ (corral --help says more)")
    if not request.inputs:
        raise InputError("no input given; name files, globs or directories after the job")
    from corral_core.cli.memprofile import memory_profile
    from corral_core.cli.progress import progress
    from corral_core.engine.run import run

    core = settings.core
    speak_json(core.log_format == "json")
    showing = progress("none" if request.quiet else core.progress, verbose=core.verbose, json=core.log_format == "json")
    profiling = memory_profile(request.memprofile, core.executor)
    unfinished = Unfinished(request.arguments)
    try:
        with stopping_on_signals() as at_once, json_apart(), profiling as profiles, showing as display:
            displays = [] if display is None else [display]
            at_once.extend(display.abandon for display in displays)
            result = run(source, request.inputs, settings, [*displays, unfinished], memprofile=profiles)
    except BaseException as error:
        if hint := unfinished.hint():
            error.add_note(hint)
        raise
    if not request.quiet:
        _tell_summary(result)


def _tell_summary(result: RunResult) -> None:
    from corral_core.cli.summary import summary, summary_fields

    if not record("summary", **summary_fields(result)):
        err(summary(result))


def _undeploy(request: _Request) -> None:
    _, settings = _loaded(request)
    name = settings.core.executor or ""
    executor = plugin_manager.load().executor(name).from_settings(settings)
    try:
        executor.undeploy()
    finally:
        executor.close()
    if not request.quiet:
        err(f"executor {name}: nothing of it is deployed any more")
