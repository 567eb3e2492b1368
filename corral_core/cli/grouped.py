"""The run command with its help: short, the most used flags first. The others go by topic (``corral help TOPIC``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corral_core.cli.options import COMMAND_GROUP, JOB_FLAG, CommandOption, SettingOption
from corral_core.cli.parameters import asks_for_more, job_in, read_leniently
from corral_core.cli.resume import with_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from corral_core.engine.loading import JobSource

__all__ = ["GroupedCommand", "write_flags"]

_OFTEN = (
    "--out",
    "--overwrite",
    "--executor",
    "--lambda",
    "--reducers",
    "--input-format",
    "--output-format",
    "--max-bad-records",
    "--resume",
    "--progress",
    "--verbose",
    "--quiet",
    "--help",
)

_COMMANDS = {
    "Jobs": ("new", "plan", "bundle"),
    "Runs": ("report", "cat", "runs", "clean"),
    "This installation": ("doctor", "config", "plugins", "plugin", "completion", "help"),
}
"""Subcommands by heading; those of plugins come below a heading of their own."""

_COLUMN = 26
"""Cells of a list's first column; what is longer has a line of its own."""

_SETTINGS = """\
Every flag is a setting too: --split-size is CORRAL_SPLITSIZE in the environment
and splitSize in corralrc, here or in ~/.corral. Sizes: 100, 100MB, 100MiB.
"""


class GroupedCommand(click.Command):
    """A command with a flag for every setting, of which ``--help`` shows the most used."""

    subcommands: Callable[[], Sequence[tuple[str, str]]] | None = None
    """Gives names and one-line helps, since only the help wants the commands' modules; none for a script of its own."""
    examples: str = ""
    own: Sequence[click.Option] = ()
    """Flags that make the command what it is, and come first in its help."""
    find: Callable[[str | None, str | None], JobSource | None] | None = None
    """Gives the job that a line names, by its spec and a choice among several."""
    flags_of: Callable[[JobSource], Sequence[click.Option]] | None = None
    """Makes flags of a job's parameters."""
    _spec: str | None = None
    _source: JobSource | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but for a flag whose value may be left out, and for those that the job brings."""
        ctx.obj = tuple(args)
        args = with_latest(args)
        if not ctx.resilient_parsing and asks_for_more(self, args):  # a Tab runs no code of the user's
            self._look_at_job(read_leniently(self, ctx, args))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Of a job, where one is named; else of corral."""
        if self._spec is not None:
            formatter.write_usage(f"{ctx.command_path} {self._spec}", "[OPTIONS] [INPUTS]...")
        else:
            self.format_usage(ctx, formatter)
        if self._source is None:
            self.format_help_text(ctx, formatter)
            formatter.write(f"\n{self.examples}" if self.examples else "")
        else:
            from corral_core.cli.jobhelp import write_job

            write_job(self._source, formatter)
        self.format_options(ctx, formatter)
        if self._source is None:
            self._write_commands(formatter)
        self._write_more(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The job's own, then the most used."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        known = {flag: option for option in options for flag in option.opts}
        often = [known[flag] for flag in _OFTEN if flag in known]
        parameters = [one for one in options if not isinstance(one, SettingOption | CommandOption) and one not in often]
        write_flags(ctx, formatter, "Parameters of the job", parameters)
        write_flags(ctx, formatter, "Its own", self.own)
        write_flags(ctx, formatter, "Most used", often)

    def _look_at_job(self, values: Mapping[str, Any]) -> None:
        """Load the job that a line names, for its flags and its help."""
        if self.find is None or self.flags_of is None:
            return
        self._spec = job_in(values) if any(parameter.name == "job" for parameter in self.params) else None
        self._source = self.find(self._spec, values.get(JOB_FLAG))
        if self._source is not None:
            self.params = [*self.flags_of(self._source), *self.params]

    def _write_commands(self, formatter: click.HelpFormatter) -> None:
        if self.subcommands is None:
            return
        helps = dict(self.subcommands())
        for heading, names in _COMMANDS.items():
            _write_list(formatter, heading, [(name, helps.pop(name)) for name in names if name in helps])
        _write_list(formatter, "Of plugins", list(helps.items()))

    def _write_more(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        topics = dict.fromkeys(getattr(option, "group", COMMAND_GROUP).lower() for option in options)
        formatter.write_paragraph()
        formatter.write_text(f"All flags: corral help all; by topic: corral help {', '.join(topics)}.")
        formatter.write("\n" + _SETTINGS)


def write_flags(
    ctx: click.Context, formatter: click.HelpFormatter, heading: str, options: Iterable[click.Option]
) -> None:
    """Flags with their helps under a heading, if there are any."""
    records = (option.get_help_record(ctx) for option in options)
    _write_list(formatter, heading, [record for record in records if record is not None])


def _write_list(formatter: click.HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows, col_max=_COLUMN)
