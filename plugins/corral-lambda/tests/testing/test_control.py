"""The control plane: code that arrives, and what AWS takes its time with."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING

import boto3
import pytest

from corral_lambda.testing import Delays

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.testing import LocalAws
    from corral_lambda.testing.tiny import TinyFunctions

    Fails = Callable[[Callable[[], object]], tuple[int, str, str]]

pytestmark = pytest.mark.servers

ECHO = "def handler(event, context): return event"


def test_code_may_come_from_s3(aws: LocalAws, lambdas: TinyFunctions) -> None:
    code = lambdas.zip(ECHO)
    boto3.client("s3").put_object(Bucket="data", Key="code/of mine.zip", Body=code)
    made = lambdas.create("", Code={"S3Bucket": "data", "S3Key": "code/of mine.zip"})
    assert made["CodeSha256"] == b64encode(hashlib.sha256(code).digest()).decode()
    assert lambdas.invoke(5).payload == 5


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param({"S3Bucket": "data", "S3Key": "nothing"}, "NoSuchKey", id="no object"),
        pytest.param({"ZipFile": b"nonsense"}, "Could not unzip uploaded file", id="no zip"),
    ],
)
def test_bad_code_is_refused(lambdas: TinyFunctions, fails: Fails, code: dict[str, object], message: str) -> None:
    status, error, said = fails(lambda: lambdas.create("", Code=code))
    assert (status, error) == (400, "InvalidParameterValueException")
    assert message in said


def test_a_new_function_is_pending_for_a_while(aws: LocalAws, lambdas: TinyFunctions, fails: Fails) -> None:
    aws.front.delays = Delays(function_ready=1)
    assert lambdas.create(ECHO)["State"] == "Pending"
    assert fails(lambdas.invoke)[:2] == (409, "ResourceConflictException")
    assert fails(lambdas.publish)[:2] == (409, "ResourceConflictException")
    lambdas.client.get_waiter("function_active_v2").wait(FunctionName="function")
    assert lambdas.invoke(5).payload == 5


def test_an_update_takes_a_while_in_which_there_is_no_other(
    aws: LocalAws, lambdas: TinyFunctions, fails: Fails
) -> None:
    lambdas.create(ECHO)
    aws.front.delays = Delays(function_ready=1)
    lambdas.update(ECHO + " + 1")
    assert fails(lambda: lambdas.update(ECHO))[:2] == (409, "ResourceConflictException")
    look = lambdas.client.get_function_configuration
    assert [look(FunctionName="function")["LastUpdateStatus"] for _ in range(2)] == ["InProgress", "Successful"]
    assert lambdas.invoke(5).payload == 6


def test_a_new_version_is_pending_too(aws: LocalAws, lambdas: TinyFunctions, fails: Fails) -> None:
    lambdas.create(ECHO)
    aws.front.delays = Delays(function_ready=1)
    version = lambdas.publish()
    assert fails(lambda: lambdas.invoke(Qualifier=version))[:2] == (409, "ResourceConflictException")
    assert lambdas.invoke(5).payload == 5
    look = lambdas.client.get_function_configuration
    assert [look(FunctionName="function", Qualifier=version)["State"] for _ in range(2)] == ["Pending", "Active"]
    assert lambdas.invoke(5, Qualifier=version).payload == 5


def test_a_new_role_can_not_be_assumed_at_once(aws: LocalAws, fails: Fails, lambdas: TinyFunctions) -> None:
    aws.front.delays = Delays(role_assumable=2)
    lambdas.role = boto3.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    refused = (400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    assert [fails(lambda: lambdas.create(ECHO)) for _ in range(2)] == [refused, refused]
    lambdas.create(ECHO)


def test_a_new_role_is_not_everywhere_at_once(aws: LocalAws, fails: Fails) -> None:
    iam = boto3.client("iam")
    aws.front.delays = Delays(role_visible=1)
    iam.create_role(RoleName="new", AssumeRolePolicyDocument="{}")
    assert fails(lambda: iam.get_role(RoleName="new"))[:2] == (404, "NoSuchEntity")
    assert iam.get_role(RoleName="new")["Role"]["RoleName"] == "new"


def test_every_call_is_noted(aws: LocalAws, lambdas: TinyFunctions) -> None:
    aws.calls.clear()
    arn = lambdas.create(ECHO, Tags={"made": "here"})["FunctionArn"]
    lambdas.invoke({"secret": "payload"}, name=f"{arn}:$LATEST")
    boto3.client("sts").get_caller_identity()
    boto3.client("logs").describe_log_groups(logGroupNamePrefix="/aws")
    assert [(call.service, call.operation, call.changes) for call in aws.calls] == [
        ("lambda", "CreateFunction", True),
        ("lambda", "Invoke", False),
        ("sts", "GetCallerIdentity", False),
        ("logs", "DescribeLogGroups", False),
    ]
    created, invoked, _, described = (call.parameters for call in aws.calls)
    assert created["Code"] == {"ZipFile": pytest.approx(len(lambdas.zip(ECHO)), abs=2)}
    assert (created["FunctionName"], created["Tags"]) == ("function", {"made": "here"})
    assert invoked == {"FunctionName": "function", "Qualifier": "$LATEST"}
    assert described == {"logGroupNamePrefix": "/aws"}


def test_what_functions_print_is_in_cloudwatch_logs(aws: LocalAws, lambdas: TinyFunctions) -> None:
    lambdas.create("def handler(event, context): print('line', event)")
    logs = boto3.client("logs")
    assert logs.describe_log_groups()["logGroups"] == []
    for number in range(2):
        lambdas.invoke(number)
    events = logs.filter_log_events(logGroupName="/aws/lambda/function", filterPattern="line")["events"]
    assert [event["message"] for event in events] == ["line 0\n", "line 1\n"]
