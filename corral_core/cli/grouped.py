"""The run command with its help: short, the most used flags first. The others go by topic (``corral help TOPIC``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corral_core.cli.options import COMMAND_GROUP, CommandOption, SettingOption
from corral_core.cli.resume import with_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    "This installation": ("config", "plugins", "doctor", "completion", "help"),
}
"""Subcommands by heading; those of plugins come below a heading of their own."""

_EXAMPLES = """\
Examples:
  corral job.py in.txt --out result/
  corral job.py 'logs/*.gz' more/ -o result/ --reducers 4 --overwrite
  corral package.module:job 's3://in/*' -o s3://out/run --lambda
"""

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
    find: Callable[[str | None, str | None], JobSource | None] | None = None
    """Gives the job of a spec, and of a choice among several, whose help is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but for a flag whose value may be left out."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, with_latest(args))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Of a job, where one is named; else of corral."""
        spec, source = self._job(ctx)
        if spec is not None:
            formatter.write_usage(f"{ctx.command_path} {spec}", "[OPTIONS] [INPUTS]...")
        else:
            self.format_usage(ctx, formatter)
        if source is None:
            self.format_help_text(ctx, formatter)
            formatter.write("\n" + _EXAMPLES)
        else:
            from corral_core.cli.jobhelp import write_job

            write_job(source, formatter)
        self.format_options(ctx, formatter)
        if source is None:
            self._write_commands(formatter)
        self._write_more(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The job's own, then the most used."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        known = {flag: option for option in options for flag in option.opts}
        often = [known[flag] for flag in _OFTEN if flag in known]
        own = [one for one in options if not isinstance(one, SettingOption | CommandOption) and one not in often]
        write_flags(ctx, formatter, "Of this job", own)
        write_flags(ctx, formatter, "Most used", often)

    def _job(self, ctx: click.Context) -> tuple[str | None, JobSource | None]:
        """What the command line names as its job; ``--help`` is answered before click looks at the rest of it."""
        if self.find is None:
            return None, None
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        try:
            given, _, _ = parser.parse_args(with_latest(ctx.obj or ()))
        except click.UsageError:
            return None, None
        spec, choice = _text(given.get("job")), _text(given.get("setting_job"))
        return spec, self.find(spec, choice)

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


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
