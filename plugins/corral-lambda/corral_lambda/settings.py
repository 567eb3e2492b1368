"""The plugin's settings."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from corral_core.settings.variables import by_name, named_like
from corral_lambda.quotas import MEMORY_MB, SECONDS, STORAGE_MB

__all__ = ["LambdaSettings"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")

Seconds = Annotated[int, Field(ge=SECONDS[0], le=SECONDS[1])]
Memory = Annotated[int, Field(ge=MEMORY_MB[0], le=MEMORY_MB[1])]
Disk = Annotated[int, Field(ge=STORAGE_MB[0], le=STORAGE_MB[1])]

Variables = Annotated[tuple[str, ...], named_like(r"[A-Za-z][A-Za-z0-9_]*")]


class LambdaSettings(BaseModel):
    """Settings of the ``lambda`` executor."""

    model_config = ConfigDict(defer_build=True)  # --help and completion check no value

    lambda_function_name: str = Field(default="corral_function", description="The function's name.")
    lambda_region: str | None = Field(
        default=None, description="The function's region; by default as AWS's own tools choose.", examples=["us-east-1"]
    )
    lambda_manage_role: bool = Field(default=True, description="Make and update the role CorralExecutionRole.")
    lambda_role_arn: str | None = Field(
        default=None,
        alias="lambdaRoleARN",
        description="The function's role, where corral does not manage it.",
        examples=["arn:aws:iam::123456789012:role/etl"],
    )
    lambda_timeout: Seconds = Field(default=180, description="Seconds that one task may take.")
    lambda_memory: Memory = Field(default=1500, description="MB of memory of one task.")
    lambda_architecture: Literal["x86_64", "arm64"] = Field(default="x86_64", description="The processors to run on.")
    lambda_ephemeral_storage: Disk = Field(default=512, description="MB of /tmp, where tasks spill.")
    lambda_environment: Variables = Field(default=(), description="Variables of the function: NAME=VALUE,...")
    lambda_delete_logs: bool = Field(default=False, description="Let --undeploy remove the function's log group too.")

    @field_validator("lambda_function_name")
    @classmethod
    def _good_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("give 1 to 64 letters, digits, - and _")
        return name

    @field_validator("lambda_role_arn")
    @classmethod
    def _good_role(cls, arn: str | None) -> str | None:
        if arn is not None and not _ROLE.fullmatch(arn):
            raise ValueError("give a role's ARN, such as arn:aws:iam::123456789012:role/NAME")
        return arn

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment, by name."""
        return by_name(self.lambda_environment)
