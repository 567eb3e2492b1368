"""The plugin's settings."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from corral_core.settings.variables import by_name, named_like
from corral_gcf.quotas import CPUS, INSTANCES, MEMORY_MB, SECONDS

__all__ = ["GcfSettings"]

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,37}[a-z0-9])?")
_ACCOUNT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ACCOUNT_EXAMPLE = "etl@my-project.iam.gserviceaccount.com"

Seconds = Annotated[int, Field(ge=SECONDS[0], le=SECONDS[1])]
Memory = Annotated[int, Field(ge=MEMORY_MB[0], le=MEMORY_MB[1])]
Instances = Annotated[int, Field(ge=INSTANCES[0], le=INSTANCES[1])]
Processors = Annotated[float, Field(ge=CPUS[0], le=CPUS[1])]

Variables = Annotated[tuple[str, ...], named_like(r"[A-Za-z_][A-Za-z0-9_]*")]


class GcfSettings(BaseModel):
    """Settings of the ``gcf`` executor."""

    model_config = ConfigDict(defer_build=True)  # --help and completion check no value

    gcf_project: str | None = Field(
        default=None, description="The project; by default that of the credentials.", examples=["my-project"]
    )
    gcf_region: str | None = Field(
        default=None,
        description="The functions' region; by default as gcloud's variables say.",
        examples=["us-central1"],
    )
    gcf_function_name: str = Field(default="corral-function", description="What the functions' names begin with.")
    gcf_memory: Memory = Field(default=2048, description="MiB of memory of one task, its temporary files included.")
    gcf_cpu: Processors | None = Field(
        default=None, description="Processors of one task; by default what Google gives."
    )
    gcf_timeout: Seconds = Field(default=180, description="Seconds that one task may take.")
    gcf_max_instances: Instances = Field(default=100, description="Instances of a function at once.")
    gcf_service_account: str | None = Field(
        default=None,
        description="Who the functions are; by default the project's Compute Engine service account.",
        examples=[_ACCOUNT_EXAMPLE],
    )
    gcf_invoker: str | None = Field(
        default=None,
        description="A service account to call the functions as, for users who log in as themselves.",
        examples=[_ACCOUNT_EXAMPLE],
    )
    gcf_grant_invoker: bool = Field(
        default=True, description="Let corral grant its caller roles/run.invoker on its functions."
    )
    gcf_environment: Variables = Field(default=(), description="Variables of the function: NAME=VALUE,...")

    @field_validator("gcf_function_name")
    @classmethod
    def _good_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("give 1 to 39 lower-case letters, digits and -, a letter first and no - last")
        return name

    @field_validator("gcf_service_account", "gcf_invoker")
    @classmethod
    def _good_account(cls, account: str | None) -> str | None:
        if account is not None and not _ACCOUNT.fullmatch(account):
            raise ValueError("give a service account's address, such as NAME@PROJECT.iam.gserviceaccount.com")
        return account

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment, by name."""
        return by_name(self.gcf_environment)
