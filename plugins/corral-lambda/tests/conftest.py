from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
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
    from pathlib import Path

    from corral_lambda.testing import LocalAws

__all__ = ["aws", "local_aws"]


@pytest.fixture
def corral(aws: LocalAws, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as a user would, in a directory of its own, and must see it end as expected."""
    (tmp_path / "here").mkdir(exist_ok=True)

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "corral_core", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def allows() -> Callable[[str, str, str], bool]:
    """What IAM says of a policy document, an action and a resource; for policies without conditions."""

    def fits(pattern: str, resource: str) -> bool:
        parts = re.split(r"(\*|\?|\$\{[*?$]\})", pattern)
        wild = {"*": ".*", "?": "."}
        regex = "".join(wild.get(part, re.escape(part[2] if part.startswith("${") else part)) for part in parts)
        return re.fullmatch(regex, resource, re.DOTALL) is not None

    def allows(document: str, action: str, resource: str) -> bool:
        return any(
            statement["Effect"] == "Allow"
            and action in statement["Action"]
            and any(fits(pattern, resource) for pattern in statement["Resource"])
            for statement in json.loads(document)["Statement"]
        )

    return allows


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
        values: dict[str, Any] = {
            "runtime": "python3.11",
            "role": "arn:aws:iam::123456789012:role/given",
            "timeout": 30,
            "memory": 256,
            "architecture": "x86_64",
            "storage": 512,
        }
        return Configuration(**values | changes)

    return make


@pytest.fixture
def wheel(tmp_path: Path) -> Callable[[str, str], Path]:
    """Makes a wheel of one module, version 1.0; gives its directory."""

    def make(name: str, source: str) -> Path:
        folder, info = tmp_path / "wheels", f"{name}-1.0.dist-info"
        folder.mkdir()
        files = {
            f"{name}.py": source,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
            for file, text in [*files.items(), (f"{info}/RECORD", record)]:
                archive.writestr(file, text)
        return folder

    return make
