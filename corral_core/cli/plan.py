"""``corral plan JOB INPUTS``: what a run would do, take and cost. Nothing is written, and nothing deployed."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from corral_core.cli.options import CommandOption
from corral_core.cli.request import job_command
from corral_core.cli.streams import out
from corral_core.errors import UsageError
from corral_core.settings.limits import parse_share
from corral_core.settings.sizes import parse_size

if TYPE_CHECKING:
    from corral_core.cli.request import Request
    from corral_core.planning.api import Plan

__all__ = ["plan"]

_SAMPLE = "Run the job here over so much of the input, for a real estimate."


def _act(request: Request) -> None:
    sample = request.own["sample"]
    made = _made(request, None if sample is None else _amount(sample))
    if request.own["as_json"]:
        import msgspec

        out(msgspec.json.format(msgspec.json.encode(made), indent=2).decode())
    else:
        from corral_core.cli.outlook import plan_text

        out(plan_text(made))


def _made(request: Request, sample: float | None) -> Plan:
    from corral_core.planning.make import make_plan

    with redirect_stdout(sys.stderr):  # what the job prints is no part of the plan
        source, settings = request.loaded()
        if source is None:
            raise UsageError("no job given; try: corral plan job.py in.txt --out result/")
        return make_plan(source, request.inputs, settings, sample)


def _amount(text: str) -> float:
    """A share as a float, a size as an int."""
    try:
        return parse_share(text) if text.rstrip().endswith("%") else parse_size(text)
    except ValueError:
        raise UsageError(f"--sample {text} is neither a share such as 1% nor a size such as 50MB") from None


_OWN = [
    CommandOption(["--sample"], metavar="SIZE|N%", help=_SAMPLE),
    CommandOption(["as_json", "--json"], is_flag=True, help="Print JSON."),
]

plan = job_command(
    "plan",
    _act,
    _OWN,
    help="Show what a run of JOB over INPUTS would do, take and cost, and run nothing. Takes all flags of a run.",
    short_help="Show what a run would do and cost, and run nothing.",
)
plan.own = _OWN
