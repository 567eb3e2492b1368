"""What a doctor is told of AWS Lambda."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from corral_core.testing.proxy import proxy
from corral_core.testing.servers import KEY, SECRET
from corral_lambda.diagnosis import findings
from corral_lambda.executor import LambdaExecutor
from corral_lambda.policy import ASSUME
from corral_lambda.rights import principal_of
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.diagnosis import Finding
    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers]

WELL = ["credentials", "identity", "clock", "python", "rights", "concurrency", "function"]


def found(concurrency: int = 100, **settings: Any) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings(LambdaSettings(**settings), concurrency)}


def states(concurrency: int = 100, **settings: Any) -> dict[str, str]:
    return {what: finding.state for what, finding in found(concurrency, **settings).items()}


def test_all_is_well_and_nothing_is_changed(aws: LocalAws) -> None:
    told = list(LambdaExecutor(LambdaSettings(), 100).diagnose())
    assert [(finding.what, finding.state) for finding in told] == [(what, "ok") for what in WELL]
    assert [call.operation for call in aws.calls if call.changes and call.service != "sts"] == []
    assert not any(secret in str(told) for secret in (KEY, SECRET))


def test_rights_that_are_missing_are_listed(aws: LocalAws) -> None:
    aws.front.account.denied = frozenset({"lambda:CreateFunction", "iam:PassRole", "iam:DeleteRole"})
    told = found()
    assert (told["rights to deploy"].state, told["rights to undeploy"].state) == ("failed", "warning")
    assert told["rights to deploy"].detail == "not allowed: lambda:CreateFunction, iam:PassRole"
    assert "rights to run" not in told


def test_rights_in_iam_are_not_needed_for_a_role_that_somebody_else_made(aws: LocalAws) -> None:
    aws.front.account.denied = frozenset({"iam:CreateRole", "iam:GetRole", "iam:DeleteRole"})
    assert states(lambdaRoleARN="arn:aws:iam::123456789012:role/given")["rights"] == "ok"


def test_an_iam_that_does_not_tell_is_no_failure(aws: LocalAws) -> None:
    aws.front.account.silent = True
    finding = found()["rights"]
    assert finding.state == "warning"
    assert "iam:SimulatePrincipalPolicy" in finding.remedy


def test_an_account_that_lets_fewer_run_than_are_asked_for(aws: LocalAws) -> None:
    aws.concurrency = 10
    finding = found(concurrency=100)["concurrency"]
    assert finding.state == "warning"
    assert finding.remedy.startswith("--max-concurrency 10,")
    assert states(concurrency=10)["concurrency"] == "ok"


def test_somebody_elses_function_or_role_fails(aws: LocalAws) -> None:
    boto3.client("iam").create_role(RoleName="CorralExecutionRole", AssumeRolePolicyDocument=ASSUME)
    finding = found()["function"]
    assert finding.state == "failed"
    assert finding.detail == "the role CorralExecutionRole was not made by corral"
    assert finding.remedy.startswith("remove it, or give --no-lambda-manage-role")


@pytest.mark.parametrize(("skew", "state"), [(-400, "failed"), (100, "warning")])
def test_a_clock_that_is_wrong_is_told(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, skew: int, state: str) -> None:
    with proxy(aws.env["AWS_ENDPOINT_URL"]) as network:
        network.skew = skew
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.server.url)
        assert states()["clock"] == state


def test_credentials_that_aws_refuses_fail_and_end_it(aws: LocalAws) -> None:
    aws.front.account.expired = True
    told = found()
    assert list(told) == ["credentials", "identity", "clock"]
    assert told["identity"].state == "failed"
    assert "ExpiredToken" in told["identity"].detail
    assert [call.operation for call in aws.calls] == ["GetCallerIdentity"]  # it is not asked again


def test_a_cloud_that_is_not_there_fails_at_once(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # discard: nobody listens
    told = found()
    assert list(told) == ["credentials", "identity"]
    assert told["identity"].detail.startswith("AWS can't be reached")


@pytest.mark.parametrize(
    ("variable", "detail", "remedy"),
    [
        ("AWS_ACCESS_KEY_ID", "there are no AWS credentials", "set one of them up"),
        ("AWS_DEFAULT_REGION", "no AWS region is set", "give --lambda-region"),
    ],
)
def test_what_is_not_set_up_is_told_and_nobody_is_asked(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, variable: str, detail: str, remedy: str
) -> None:
    monkeypatch.delenv(variable)
    (finding,) = findings(LambdaSettings(), 1)
    assert (finding.what, finding.state) == ("account", "failed")
    assert finding.detail.startswith(detail)
    assert finding.remedy.startswith(remedy)
    assert aws.calls == []


def test_a_role_that_was_assumed_is_asked_about_by_its_own_name(aws: LocalAws) -> None:
    iam = boto3.client("iam")
    iam.create_role(RoleName="etl", Path="/team/", AssumeRolePolicyDocument=ASSUME)
    arn = "arn:aws:iam::123456789012:role/team/etl"
    assert principal_of("arn:aws:sts::123456789012:assumed-role/etl/me", iam) == arn
    assert principal_of("arn:aws:iam::123456789012:user/me", iam) == "arn:aws:iam::123456789012:user/me"
    assert principal_of("arn:aws:iam::123456789012:root", iam) is None


@pytest.mark.slow
def test_the_command_tells_it_with_the_bucket(corral: Callable[..., Any]) -> None:
    told = json.loads(corral("doctor", "--executor", "lambda", "s3://data/out", "--json").stdout)
    about = [row["about"] for row in told["findings"]]
    assert told["failed"] == 0
    assert about.count("executor lambda") == len(WELL)
    assert about.count("s3://data/out") == 3
