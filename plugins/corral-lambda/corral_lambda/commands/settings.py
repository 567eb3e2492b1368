"""What both commands need to know: which function, where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.settings import LambdaSettings

__all__ = ["CONTEXT", "chosen", "function_options"]

CONTEXT = {"help_option_names": ["-h", "--help"]}

_Command = TypeVar("_Command", bound="Callable[..., Any]")


def function_options(command: _Command) -> _Command:
    """The flags of a run that say which function."""
    region = click.option("--lambda-region", metavar="TEXT", help="The function's region.")
    return click.option("--lambda-function-name", metavar="TEXT", help="The function's name.")(region(command))


def chosen(flags: dict[str, str | None]) -> LambdaSettings:
    """The settings, from all layers."""
    from corral_core.settings import load_settings
    from corral_lambda.settings import LambdaSettings

    return load_settings(flags={name: value for name, value in flags.items() if value}).section(LambdaSettings)
