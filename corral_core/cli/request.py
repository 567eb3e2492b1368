"""A command line about a job, ``[OPTIONS] JOB INPUTS``: its flags, and what they come to. The run command and
``corral plan`` are made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import job_files, paths
from corral_core.cli.grouped import GroupedCommand
from corral_core.cli.options import CommandOption, SettingOption, given, setting_options
from corral_core.cli.parameters import given_parameters, parameter_options
from corral_core.errors import UsageError
from corral_core.settings.api import Settings, load_settings
from corral_core.settings.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corral_core.engine.loading import JobSource

    Loader = Callable[[str | None], JobSource]
    """Gives the job, with the choice among several that the settings make."""

__all__ = ["Request", "job_command"]


@dataclass(frozen=True)
class Request:
    """One command line, taken apart."""

    load: Loader | None
    """None when no job was named."""
    inputs: Sequence[str]
    flags: Mapping[str, Any]
    """Settings."""
    own: Mapping[str, Any]
    """The values of the command's own flags."""
    arguments: Sequence[str]
    """As they were given."""

    def loaded(self) -> tuple[JobSource | None, Settings]:
        """The job, and the settings with its driver's options."""
        # Twice when the driver has options: the first reading finds the job, whose options come before all else.
        settings = load_settings(flags=self.flags)
        source = self.load(settings.core.job) if self.load else None
        if source is not None and source.options:
            settings = load_settings(source.options, self.flags)
        return source, settings


def job_command(
    name: str, act: Callable[[Request], None], own: Sequence[click.Option], loader: Loader | None = None, **options: Any
) -> GroupedCommand:
    """A command with a flag for every setting there is, and for every parameter of the job that it is given.

    :param act: what it does.
    :param own: flags of its own; ``--lambda`` is everyone's.
    :param loader: gives the job of a script; without one the first argument names the job.
    :param options: further ones of the command, such as its help.
    """
    own = [CommandOption(["on_lambda", "--lambda"], is_flag=True, help="The same as --executor lambda."), *own]
    taken = frozenset(flag for option in own for flag in option.opts) | {"-h", "--help"}
    settings = setting_options(Schema(plugin_manager.load()), taken)
    flags = _owners(taken, settings)

    def run(inputs: tuple[str, ...], job: str | None = None, **values: Any) -> None:
        load = loader or (_loader(job) if job else None)
        if load is not None:
            load = _with_flags(load, flags, given_parameters(command.params, values))
        asked = given(settings, values)
        if values["on_lambda"] and asked.setdefault("executor", "lambda") != "lambda":
            raise UsageError(f"--lambda and --executor {asked['executor']} ask for two executors; give one of them")
        act(Request(load, inputs, asked, values, click.get_current_context().obj or ()))

    def find(job: str | None, choice: str | None) -> JobSource | None:
        load = loader or (_loader(job) if job else None)
        return load(load_settings(flags={"job": choice} if choice else {}).core.job) if load else None

    command = GroupedCommand(
        name,
        callback=run,
        params=[*_arguments(named=loader is None), *settings, *own],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
        **options,
    )
    command.find, command.flags_of = find, lambda source: parameter_options(source, flags)
    return command


def _arguments(*, named: bool) -> list[click.Parameter]:
    job = click.Argument(["job"], required=False, metavar="JOB", shell_complete=job_files)
    inputs = click.Argument(["inputs"], nargs=-1, metavar="[INPUTS]...", shell_complete=paths)
    return [job, inputs] if named else [inputs]


def _owners(taken: frozenset[str], settings: Sequence[SettingOption]) -> dict[str, str]:
    """Whose each flag is, as messages say it."""
    owners = dict.fromkeys(taken, "the command's own")
    for option in settings:
        what = f"the setting {option.setting.name}"
        owners |= dict.fromkeys((*option.opts, *option.secondary_opts), what)
    return owners


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
