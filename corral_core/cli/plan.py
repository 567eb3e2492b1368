"""``corral plan JOB INPUTS``: what a run would do, take and cost. Nothing is written, and nothing deployed."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.help import GroupedCommand
from corral_core.cli.options import CommandOption, given, setting_options
from corral_core.cli.streams import out
from corral_core.errors import UsageError
from corral_core.settings.api import load_settings
from corral_core.settings.limits import parse_share
from corral_core.settings.schema import Schema
from corral_core.settings.sizes import parse_size

if TYPE_CHECKING:
    from corral_core.planning.api import Plan

__all__ = ["plan"]


def _command() -> click.Command:
    own = [
        CommandOption(["on_lambda", "--lambda"], is_flag=True, help="The same as --executor lambda."),
        CommandOption(
            ["--sample"], metavar="SIZE|N%", help="Run the job here over so much of the input, for a real estimate."
        ),
        CommandOption(["as_json", "--json"], is_flag=True, help="Print JSON."),
    ]
    options = setting_options(Schema(plugin_manager.load()), frozenset(flag for option in own for flag in option.opts))

    def run(
        job: str, inputs: tuple[str, ...], on_lambda: bool, sample: str | None, as_json: bool, **parameters: Any
    ) -> None:
        flags = given(options, parameters)
        if on_lambda and flags.setdefault("executor", "lambda") != "lambda":
            raise UsageError(f"--lambda and --executor {flags['executor']} ask for two executors; give one of them")
        made = _made(job, inputs, flags, None if sample is None else _amount(sample))
        if as_json:
            import msgspec

            out(msgspec.json.format(msgspec.json.encode(made), indent=2).decode())
        else:
            from corral_core.cli.outlook import plan_text

            out(plan_text(made))

    arguments = [click.Argument(["job"], metavar="JOB"), click.Argument(["inputs"], nargs=-1, metavar="INPUTS...")]
    return GroupedCommand(
        "plan",
        callback=run,
        params=[*arguments, *options, *own],
        help="Show what a run of JOB over INPUTS would do, take and cost, and run nothing. Takes all flags of a run.",
        short_help="Show what a run would do, take and cost, without running it.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )


def _made(job: str, inputs: tuple[str, ...], flags: dict[str, Any], sample: float | None) -> Plan:
    from corral_core.engine.loading import load_job
    from corral_core.planning.make import make_plan

    with redirect_stdout(sys.stderr):  # what the job prints is no part of the plan
        source = load_job(job, load_settings(flags=flags).core.job)
        return make_plan(source, inputs, load_settings(source.options, flags), sample)


def _amount(text: str) -> float:
    """A share as a float, a size as an int."""
    try:
        return parse_share(text) if text.rstrip().endswith("%") else parse_size(text)
    except ValueError:
        raise UsageError(f"--sample {text} is neither a share such as 1% nor a size such as 50MB") from None


plan = _command()
