"""The plugin's settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LocalProcessSettings"]


class LocalProcessSettings(BaseModel):
    """Settings of the ``local-process`` executor."""

    model_config = ConfigDict(defer_build=True)  # --help and completion check no value

    local_workers: int | None = Field(
        default=None, ge=1, description="Worker processes on this machine; by default one for each core it may use."
    )
