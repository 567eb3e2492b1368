"""``corral [OPTIONS] JOB [INPUTS]...``, and the same without JOB for a script that runs its own driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import paths
from corral_core.cli.failures import stopping_on_signals
from corral_core.cli.options import CommandOption
from corral_core.cli.request import job_command
from corral_core.cli.resume import Unfinished
from corral_core.cli.streams import err, json_apart, out, record, speak_json
from corral_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import click

    from corral_core.cli.grouped import GroupedCommand
    from corral_core.cli.request import Loader, Request
    from corral_core.engine.result import RunResult

__all__ = ["run_command"]

_EXAMPLES = """\
Examples:
  corral job.py in.txt --out result/
  corral job.py 'logs/*.gz' more/ -o result/ --reducers 4 --overwrite
  corral package.module:job 's3://in/*' -o s3://out/run --lambda
"""


def run_command(
    loader: Loader | None = None, subcommands: Callable[[], Sequence[tuple[str, str]]] | None = None
) -> GroupedCommand:
    """The command.

    :param loader: gives the job of a script; without one the first argument names the job.
    :param subcommands: gives names and one-line helps.
    """
    what = "Run this job" if loader else "Run the MapReduce job of a Python file (or module:name)"
    command = job_command(
        "corral", _act, _own_options(), loader, help=f"{what} over INPUTS: files, globs, directories."
    )
    command.subcommands, command.examples = subcommands, _EXAMPLES
    return command


def _own_options() -> list[click.Option]:
    return [
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


def _act(request: Request) -> None:
    if request.own["undeploy"]:
        _undeploy(request)
    else:
        _run(request)


def _run(request: Request) -> None:
    source, settings = request.loaded()
    if source is None:
        raise UsageError("no job given; try: corral job.py in.txt --out result/ (corral --help says more)")
    if not request.inputs:
        raise InputError("no input given; name files, globs or directories after the job")
    from corral_core.cli.memprofile import memory_profile
    from corral_core.cli.progress import progress
    from corral_core.engine.run import run

    core, quiet = settings.core, request.own["quiet"]
    speak_json(core.log_format == "json")
    showing = progress("none" if quiet else core.progress, verbose=core.verbose, json=core.log_format == "json")
    profiling = memory_profile(request.own["memprofile"], core.executor)
    unfinished = Unfinished(request.arguments)
    try:
        with stopping_on_signals() as at_once, json_apart(), profiling as profiles, showing as displays:
            at_once.extend(display.abandon for display in displays)
            result = run(source, request.inputs, settings, [*displays, unfinished], memprofile=profiles)
    except BaseException as error:
        for hint in unfinished.hints(core.working_location):
            error.add_note(hint)
        raise
    if not quiet:
        _tell_summary(result)


def _tell_summary(result: RunResult) -> None:
    from corral_core.cli.summary import summary, summary_fields

    if not record("summary", **summary_fields(result)):
        err(summary(result))


def _undeploy(request: Request) -> None:
    _, settings = request.loaded()
    name = settings.core.executor or ""
    executor = plugin_manager.load().executor(name).from_settings(settings)
    try:
        executor.undeploy()
    finally:
        executor.close()
    if not request.own["quiet"]:
        err(f"executor {name}: nothing of it is deployed any more")
