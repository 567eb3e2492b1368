from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from corral_lambda.account import Account
from corral_lambda.deploy import Code
from corral_lambda.function import Configuration, Function
from corral_lambda.policy import ASSUME
from corral_lambda.testing.fixtures import aws, local_aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.testing import LocalAws

__all__ = ["aws", "local_aws"]


@pytest.fixture
def account(aws: LocalAws) -> Account:
    """An account with nothing in it but a role for functions."""
    account = Account()
    account.client("iam").create_role(RoleName="given", AssumeRolePolicyDocument=ASSUME)
    return account


@pytest.fixture
def changes(aws: LocalAws, account: Account) -> Callable[[], list[str]]:
    """Gives the operations that have changed something since it was last called."""
    seen = len(aws.calls)

    def since() -> list[str]:
        nonlocal seen
        new, seen = aws.calls[seen:], len(aws.calls)
        return [call.operation for call in new if call.changes]

    return since


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
