"""``corral status``: what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corral_core.cli.streams import out
from corral_core.cli.units import bytes_text
from corral_lambda.commands.settings import CONTEXT, chosen, function_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_lambda.account import Account

__all__ = ["status"]


@click.command("status", short_help="Show what is deployed to AWS Lambda.", context_settings=CONTEXT)
@function_options
def status(**flags: str | None) -> None:
    """Show what corral has deployed to AWS Lambda: the function, its versions, the role and its policies."""
    from corral_lambda.account import Account
    from corral_lambda.asking import asking

    settings = chosen(flags)
    account = Account(settings.lambda_region)
    with asking():
        out("\n".join(_lines(account, settings.lambda_function_name)))


def _lines(account: Account, name: str) -> Iterator[str]:
    from corral_lambda.function import Function
    from corral_lambda.role import ROLE, Role

    function = Function(account.client("lambda"), name)
    latest = function.describe()
    if latest is None:
        yield f"function {name} in {account.region}: not deployed"
    else:
        yield f"function {name} in {account.region}: {latest['State'].lower()}, role {latest['Role']}"
    yield from (f"  {_version(found)}" for found in function.versions())
    policies = Role(account.client("iam"), name).policies()
    yield f"role {ROLE}: {len(policies) or 'no'} {'policy' if len(policies) == 1 else 'policies'} for this function"
    yield from (f"  {policy}" for policy in policies)


def _version(found: dict[str, Any]) -> str:
    return (
        f"version {found['Version']}, {found['LastModified'][:16].replace('T', ' ')}: {bytes_text(found['CodeSize'])}, "
        f"{found['Runtime']}, {found['MemorySize']} MB, {found['Timeout']} s; {found['Description']}"
    )
