"""What can't work is refused with exit code 2 before anything is deployed or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from corral_core.errors import UsageError
from corral_core.executor import Bundle
from corral_core.tasks import JobRef
from corral_lambda.executor import LambdaExecutor
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from corral_lambda.testing import LocalAws

    Corral = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.servers


@pytest.fixture
def refused(aws: LocalAws, corral: Corral, tmp_path: Path) -> Callable[..., str]:
    """Runs a job with more flags, and gives why it was refused."""
    (aws.bucket("data") / "in.txt").write_text("a\n")
    (tmp_path / "here" / "job.py").write_text("from corral_core import Job\njob = Job(lambda k, v: [(v, 1)])\n")

    def refused(*flags: str, inputs: str = "s3://data/in.txt", out: str = "s3://data/out") -> str:
        done = corral("--lambda", "job.py", inputs, "--out", out, *flags, code=2)
        assert [call.operation for call in aws.calls if call.changes] == []
        assert [path.name for path in aws.bucket("data").iterdir()] == ["in.txt"]
        *steps, why = done.stderr.splitlines()
        assert not any(step.startswith("corral: ") for step in steps)
        assert why.startswith("corral: ")
        return why

    return refused


def test_local_input_and_output(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    assert "s3://" in refused(inputs=str(tmp_path / "in.txt"))
    assert "s3://" in refused(inputs="data/in.txt")  # the scheme was forgotten, and there is no such file
    assert "s3://" in refused(out=str(tmp_path / "out"))


def test_buckets_that_are_not_there(refused: Callable[..., str]) -> None:
    assert "s3://nowhere/in.txt" in refused(inputs="s3://nowhere/in.txt")
    assert "s3://nowhere/out" in refused(out="s3://nowhere/out")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--lambda-memory", "100"), "lambdaMemory from flag --lambda-memory: give 128 or more"),
        (("--lambda-memory", "20000"), "give 10240 or less"),
        (("--lambda-timeout", "0"), "give 1 or more"),
        (("--lambda-timeout", "901"), "give 900 or less"),
        (("--lambda-ephemeral-storage", "100"), "give 512 or more"),
        (("--lambda-ephemeral-storage", "20000"), "give 10240 or less"),
        (("--lambda-architecture", "sparc"), "x86_64"),
        (("--lambda-function-name", "a b"), "letters, digits"),
        (("--lambda-role-arn", "me"), "give a role's ARN"),
        (("--lambda-environment", "A"), "NAME=VALUE"),
        (("--no-lambda-manage-role",), "--lambda-role-arn"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_settings_out_of_lambdas_range(refused: Callable[..., str], flags: tuple[str, ...], said: str) -> None:
    assert said in refused(*flags)


def test_code_that_is_too_large_unpacked_names_its_largest_parts(refused: Callable[..., str], tmp_path: Path) -> None:
    with (tmp_path / "here" / "zeros").open("wb") as file:
        file.truncate(260 * 2**20)
    said = refused("--include", "zeros")
    assert "AWS Lambda takes 262.1 MB" in said
    assert "the largest parts, unpacked, are include (272.6 MB), " in said


def test_credentials(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    said = refused()
    assert "credentials" in said
    assert "AWS_ACCESS_KEY_ID" in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("400 Bad Request", "ExpiredToken"), "the credentials have expired"),
        (("403 Forbidden", "AccessDenied"), "access denied: the credentials lack a permission"),
    ],
    ids=["expired", "denied"],
)
def test_a_bucket_that_refuses(aws: LocalAws, refused: Callable[..., str], answer: tuple[str, str], said: str) -> None:
    aws.s3.refusal = answer
    message = refused()
    assert said in message
    assert "s3://data/in.txt" in message


def test_a_python_that_lambda_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corral_lambda.executor.PYTHONS", ("3.0",))
    with pytest.raises(UsageError, match=r"Lambda does not run Python 3\.\d+: run corral on one of 3\.0"):
        LambdaExecutor(LambdaSettings(), 1).check(Bundle(JobRef("file", "job.py")))


def test_no_region(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "--lambda-region" in refused()


def test_somebody_elses_function_and_role(aws: LocalAws, refused: Callable[..., str]) -> None:
    iam = boto3.client("iam")
    role = iam.create_role(RoleName="CorralExecutionRole", AssumeRolePolicyDocument='{"Version":"2012-10-17"}')
    aws.calls.clear()
    assert "the role CorralExecutionRole was not made by corral" in refused()
    boto3.client("lambda").create_function(
        FunctionName="corral_function",
        Role=role["Role"]["Arn"],
        Runtime="python3.11",
        Handler="a.b",
        Code={"ZipFile": b"PK\5\6" + bytes(18)},
    )
    aws.calls.clear()
    assert "the function corral_function was not made by corral" in refused()
