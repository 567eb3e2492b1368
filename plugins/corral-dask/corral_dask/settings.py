"""The plugin's settings."""

from __future__ import annotations

import math
import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from corral_core.settings.fields import Duration  # noqa: TC001  (pydantic reads it when the class is made)

__all__ = ["DaskSettings"]

_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|wss?)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):\d{1,5}/?")
_RESOURCE = re.compile(r"([^\s=]+)=([0-9.eE+-]+)")


class DaskSettings(BaseModel):
    """Settings of the ``dask`` executor."""

    model_config = ConfigDict(defer_build=True)  # --help and completion check no value

    dask_scheduler: str | None = Field(
        default=None,
        description="A scheduler, such as tcp://host:8786; by default a cluster on this machine, for the run.",
        examples=["tcp://host:8786"],
    )
    dask_workers: int | None = Field(
        default=None,
        ge=1,
        description="Tasks that run at once; by default one for each core here or thread of the workers.",
        examples=[4],
    )
    dask_resources: tuple[str, ...] = Field(
        default=(), description="What a task takes of its worker's resources: NAME=NUMBER,...", examples=[["GPU=1"]]
    )
    dask_shared_files: bool = Field(
        default=False, description="A scheduler's workers see the same files as this machine, under the same paths."
    )
    dask_timeout: Duration = Field(
        default=30.0, description="How long to wait for a scheduler, and for a worker that can take a task."
    )

    @field_validator("dask_scheduler")
    @classmethod
    def _good_address(cls, address: str | None) -> str | None:
        if address is not None and not _ADDRESS.fullmatch(address):
            raise ValueError("give an address, such as tcp://host:8786 or tls://host:8786")
        return address

    @field_validator("dask_resources")
    @classmethod
    def _good_resources(cls, resources: tuple[str, ...]) -> tuple[str, ...]:
        for resource in resources:
            if _amount(resource) <= 0:
                raise ValueError("give NAME=NUMBER, such as GPU=1, with commas between several")
        return resources

    @property
    def resources(self) -> dict[str, float]:
        """What a task takes, by name."""
        return {resource.partition("=")[0]: _amount(resource) for resource in self.dask_resources}


def _amount(resource: str) -> float:
    match = _RESOURCE.fullmatch(resource)
    try:
        amount = float(match[2]) if match else 0.0
    except ValueError:
        return 0.0
    return amount if math.isfinite(amount) else 0.0
