"""The help of the run command: short lines, settings under their headings, examples, subcommands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corral_core.cli.options import COMMAND_GROUP
from corral_core.cli.parameters import asks_for_more, read_leniently
from corral_core.cli.resume import with_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["GroupedCommand"]

_EXAMPLES = """\
Examples:
  corral job.py in.txt --out result/
  corral job.py 'logs/*.gz' more/ -o result/ --reducers 4 --overwrite
  corral package.module:job in.txt -o result/ --executor inline
"""

_SETTINGS = """\
Every flag is a setting too: --split-size is CORRAL_SPLITSIZE in the environment
and splitSize in corralrc, here or in ~/.corral. Sizes: 100, 100MB, 100MiB.
"""


class GroupedCommand(click.Command):
    """A command that shows its options by the ``group`` that each has.

    :param subcommands: gives names and one-line helps to list below, since only the help wants the commands' modules;
        none for a script of its own.
    """

    subcommands: Callable[[], Sequence[tuple[str, str]]] | None = None
    job_flags: Callable[[Mapping[str, Any]], Sequence[click.Option]] | None = None
    """Finds the flags of the job that a line names, given what can be read of the line without them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but for a flag whose value may be left out, and for those that the job brings."""
        ctx.obj = tuple(args)
        args = with_latest(args)
        if self.job_flags is not None and asks_for_more(self, args):
            self.params = [*self.job_flags(read_leniently(self, ctx, args)), *self.params]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options by group, the command's own last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            if record is not None and isinstance(option, click.Option):
                groups.setdefault(getattr(option, "group", COMMAND_GROUP), []).append(record)
        groups[COMMAND_GROUP] = groups.pop(COMMAND_GROUP)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records, col_max=36)
        if self.subcommands is not None:
            with formatter.section("Other commands"):
                formatter.write_dl(self.subcommands())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Where else settings come from, and examples."""
        del ctx
        for text in (_SETTINGS, _EXAMPLES) if self.subcommands is not None else (_SETTINGS,):
            formatter.write("\n" + text)
