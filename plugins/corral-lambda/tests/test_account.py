from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_lambda.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    return Account("eu-central-1")


@pytest.fixture
def sts(account: Account) -> Iterator[Stubber]:
    """Says what STS answers: no server of ours knows expired credentials."""
    with Stubber(account.client("sts")) as stubber:
        yield stubber


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "the AWS credentials have expired (ExpiredToken)"),
        ("ExpiredTokenException", "have expired"),
        ("InvalidClientTokenId", "are not accepted by AWS (InvalidClientTokenId)"),
        ("SignatureDoesNotMatch", "are not accepted by AWS"),
    ],
)
def test_credentials_that_aws_refuses_are_named_by_their_source(
    account: Account, sts: Stubber, code: str, said: str
) -> None:
    sts.add_client_error("get_caller_identity", code, "a message of theirs", 403)
    with pytest.raises(UsageError) as caught:
        account.identity()
    assert said in str(caught.value)
    assert "they come from env, the first that has any of the variables AWS_ACCESS_KEY_ID" in str(caught.value)
    assert "a-secret" not in str(caught.value)


def test_whose_account_it_is_is_asked_once(account: Account, sts: Stubber) -> None:
    who = {"Account": "123456789012", "UserId": "a-user-of-it", "Arn": "arn:aws-cn:iam::123456789012:user/me"}
    sts.add_response("get_caller_identity", who)
    assert account.identity() == account.identity() == ("aws-cn", "123456789012")


def test_a_failure_of_aws_is_no_fault_of_the_credentials(account: Account, sts: Stubber) -> None:
    sts.add_client_error("get_caller_identity", "ServiceUnavailable", "try later", 503)
    with pytest.raises(ExecutorUnavailable, match="AWS answered GetCallerIdentity: ServiceUnavailable: try later"):
        account.identity()


def test_an_endpoint_that_is_no_url_is_named(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(UsageError, match=r"AWS's configuration .* can't be used: Invalid endpoint: nonsense"):
        account.client("lambda")
