from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.testing.servers import moto_server
from corral_lambda.account import Account
from corral_lambda.deploy import Code
from corral_lambda.function import Configuration, Function
from corral_lambda.policy import ASSUME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    with moto_server() as server, server.environment(AWS_DEFAULT_REGION="eu-central-1"):
        yield server.url


@pytest.fixture
def account(moto_url: str) -> Account:
    """An account with nothing in it but a role for functions."""
    import requests

    requests.post(f"{moto_url}/moto-api/reset", timeout=30)
    account = Account()
    account.client("iam").create_role(RoleName="given", AssumeRolePolicyDocument=ASSUME)
    return account


@dataclass
class Calls:
    """Names of the operations that clients of an account have called."""

    names: list[str]

    @property
    def writes(self) -> list[str]:
        return [name for name in self.names if not name.startswith(("Get", "List", "Describe", "Filter"))]


@pytest.fixture
def calls(account: Account) -> Calls:
    """What is asked of AWS from here on."""
    names: list[str] = []

    def note(model: Any, **_: Any) -> None:
        names.append(model.name)

    for service in ("lambda", "iam", "logs", "sts"):
        account.client(service).meta.events.register("before-call", note)
    return Calls(names)


@pytest.fixture
def function(account: Account) -> Function:
    return Function(account.client("lambda"), "fn")


@pytest.fixture
def code() -> Callable[[str], Code]:
    """Makes a zip of one file."""

    def make(text: str) -> Code:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo("job.py"), text)
        data = buffer.getvalue()
        digest = hashlib.sha256(data)
        return Code(base64.b64encode(digest.digest()).decode(), digest.hexdigest(), lambda: {"ZipFile": data})

    return make


@pytest.fixture
def configuration() -> Callable[..., Configuration]:
    """Makes a configuration like all others but for what is given."""

    def make(**changes: Any) -> Configuration:
        values = {
            "runtime": "python3.11",
            "role": "arn:aws:iam::123456789012:role/given",
            "timeout": 30,
            "memory": 256,
            "architecture": "x86_64",
            "storage": 512,
        }
        return Configuration(**values | changes)

    return make
