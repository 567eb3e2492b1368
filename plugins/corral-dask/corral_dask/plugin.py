"""What this plugin registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.plugins import hookimpl

if TYPE_CHECKING:
    from pydantic import BaseModel

    from corral_core.executor import Executor

__all__: list[str] = []


@hookimpl
def corral_executors() -> list[type[Executor]]:
    from corral_dask.executor import DaskExecutor

    return [DaskExecutor]


@hookimpl
def corral_settings() -> list[type[BaseModel]]:
    from corral_dask.settings import DaskSettings

    return [DaskSettings]
