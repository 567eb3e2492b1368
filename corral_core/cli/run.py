"""``corral [OPTIONS] JOB [INPUTS]...``, and the same without JOB for a script that runs its own driver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.failures import stopping_on_signals
from corral_core.cli.help import GroupedCommand
from corral_core.cli.options import JOB_FLAG, CommandOption, given, setting_options
from corral_core.cli.parameters import ParameterOption, given_parameters, job_in, parameter_options
from corral_core.cli.resume import Unfinished
from corral_core.cli.streams import err, out
from corral_core.errors import InputError, UsageError
from corral_core.settings.api import Settings, load_settings
from corral_core.settings.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corral_core.engine.loading import JobSource

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
) -> click.Command:
    """The command, with a flag for every setting there is.

    :param loader: gives the job of a script; without one the first argument names the job.
    """
    own = _own_options()
    taken = frozenset(flag for option in own for flag in option.opts) | {"-h", "--help"}
    options = setting_options(Schema(plugin_manager.load()), taken)
    named = dict.fromkeys(taken, "the command's own") | {
        flag: f"the setting {option.setting.name}"
        for option in options
        for flag in (*option.opts, *option.secondary_opts)
    }

    def run(inputs: tuple[str, ...], job: str | None = None, **parameters: Any) -> None:
        load = loader or (_loader(job) if job else None)
        if load is not None:
            load = _with_flags(load, named, given_parameters(command.params, parameters))
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
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    command.subcommands = subcommands

    def job_flags(values: Mapping[str, Any]) -> list[ParameterOption]:
        job = job_in(values)
        load = loader or (_loader(job) if job else None)
        if load is None:
            return []
        chosen = load_settings(flags={"job": values[JOB_FLAG]} if values.get(JOB_FLAG) else {}).core.job
        return parameter_options(load(chosen), named)

    command.job_flags = job_flags
    return command


def _arguments(job: bool) -> list[click.Parameter]:
    inputs = click.Argument(["inputs"], nargs=-1, metavar="[INPUTS]...")
    return [click.Argument(["job"], required=False, metavar="JOB"), inputs] if job else [inputs]


def _own_options() -> list[click.Option]:
    return [
        CommandOption(["on_lambda", "--lambda"], is_flag=True, help="The same as --executor lambda."),
        CommandOption(["--undeploy"], is_flag=True, help="Remove what the executor deployed; run nothing."),
        CommandOption(["--memprofile"], metavar="FILE", help="Write a memory profile of this process (memray)."),
        CommandOption(["-q", "--quiet"], is_flag=True, help="No progress and no summary."),
        CommandOption(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show the version and exit.",
        ),
    ]


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked:
        out(f"corral {version('corral-core')}")
        ctx.exit()


def _with_flags(load: Loader, taken: Mapping[str, str], given: dict[str, Any]) -> Loader:
    """The same with what the command line gave for the job's parameters."""

    def loaded(choice: str | None) -> JobSource:
        source = load(choice)
        parameter_options(source, taken)  # here too: a line without any of their flags has not looked
        return replace(source, flags=given)

    return loaded


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
    from corral_core.cli.summary import summary
    from corral_core.engine.run import run

    showing = progress(verbose=settings.core.verbose, quiet=request.quiet)
    unfinished = Unfinished(request.arguments)
    try:
        with stopping_on_signals(), memory_profile(request.memprofile), showing as observers:
            result = run(source, request.inputs, settings, [*observers, unfinished])
    except BaseException as error:
        for hint in unfinished.hints(settings.core.working_location):
            error.add_note(hint)
        raise
    if not request.quiet:
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
