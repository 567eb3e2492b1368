"""``corral logs``: what a run's functions wrote."""

from __future__ import annotations

import click

from corral_core.cli.location import looked_at
from corral_core.cli.streams import out
from corral_core.errors import UsageError
from corral_lambda.commands.settings import CONTEXT, chosen, function_options

__all__ = ["logs"]


@click.command("logs", short_help="Show what the functions of a run on AWS Lambda wrote.", context_settings=CONTEXT)
@click.argument("run", metavar="RUN|LOCATION")
@function_options
def logs(run: str, **flags: str | None) -> None:
    """Show what the functions of a run on AWS Lambda wrote: the RUN's id, or the LOCATION of its outputs."""
    from corral_core.engine.folder import RUN_ID
    from corral_lambda.account import Account
    from corral_lambda.asking import asking
    from corral_lambda.logs import run_lines

    settings = chosen(flags)
    wanted = run if RUN_ID.fullmatch(run) else _run_of(run)
    account = Account(settings.lambda_region)
    with asking():
        found = False
        for line in run_lines(account.client("logs"), settings.lambda_function_name, wanted):
            found = True
            out(line)
    if not found:
        raise UsageError(
            f"the log of function {settings.lambda_function_name} in {account.region} has no line of run {wanted}: "
            "was it another function, or another region? CloudWatch takes some seconds to show lines"
        )


def _run_of(name: str) -> str:
    """The run whose outputs lie there; else the last one that worked there."""
    with looked_at(name) as location:
        run = location.finished() or max(location.runs(), default=None)  # ids begin with the time
    if run is None:
        raise UsageError(
            f"no run has left anything in {location.path}: name a run's id, or the location of its outputs"
        )
    return run
