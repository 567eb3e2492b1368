"""What this plugin registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.plugins import hookimpl

if TYPE_CHECKING:
    import click
    from pydantic import BaseModel

    from corral_core.executor import Executor

__all__: list[str] = []


@hookimpl
def corral_executors() -> list[type[Executor]]:
    from corral_lambda.executor import LambdaExecutor

    return [LambdaExecutor]


@hookimpl
def corral_settings() -> list[type[BaseModel]]:
    from corral_lambda.settings import LambdaSettings

    return [LambdaSettings]


@hookimpl
def corral_commands() -> list[click.Command]:
    from corral_lambda.commands.logs import logs
    from corral_lambda.commands.status import status

    return [logs, status]
