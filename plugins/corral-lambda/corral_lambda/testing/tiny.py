"""Functions of a few lines, deployed as any program would: for a look at the stack itself."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from corral_lambda.testing.runtime import ARCHITECTURE, RUNTIME

__all__ = ["Reply", "TinyFunctions"]

_TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}


@dataclass(frozen=True)
class Reply:
    """What an invocation answered."""

    status: int
    error: str | None
    """``Unhandled``, when the function failed."""
    version: str
    """The one that ran."""
    payload: Any
    log: str
    """The end of it."""


class TinyFunctions:
    """A client that repeats nothing by itself, and a role for its functions."""

    def __init__(self) -> None:
        self.client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50))
        role = boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(_TRUST))
        self.role = role["Role"]["Arn"]

    def create(self, source: str, name: str = "function", **settings: Any) -> Any:
        """A function whose code is one module with a function ``handler``."""
        given = {"Timeout": 30, "MemorySize": 256, "Runtime": RUNTIME, "Architectures": [ARCHITECTURE]} | settings
        code = {"ZipFile": self.zip(source)} if "Code" not in given else given.pop("Code")
        return self.client.create_function(
            FunctionName=name, Role=self.role, Handler="code_.handler", Code=code, **given
        )

    def update(self, source: str, name: str = "function") -> None:
        """Other code for the function, not for its versions."""
        self.client.update_function_code(FunctionName=name, ZipFile=self.zip(source))

    def publish(self, name: str = "function") -> str:
        """A version of the function as it is now."""
        version: str = self.client.publish_version(FunctionName=name)["Version"]
        return version

    def invoke(self, event: Any = None, name: str = "function", **more: Any) -> Reply:
        """Run it; ``more`` goes to the client's ``invoke``."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), LogType="Tail", **more)
        log = base64.b64decode(answer["LogResult"]).decode()
        payload = json.loads(answer["Payload"].read())
        return Reply(answer["StatusCode"], answer.get("FunctionError"), answer["ExecutedVersion"], payload, log)

    @staticmethod
    def zip(source: str) -> bytes:
        """The module as Lambda takes it."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("code_.py", source)
        return packed.getvalue()
