from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_lambda.account import Account, asking

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


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (("AccessDenied", 403), UsageError, "credentials don't allow GetCallerIdentity: AccessDenied: a message"),
        (
            ("ValidationError", 400),
            UsageError,
            "AWS answered GetCallerIdentity: ValidationError: a message of two",
        ),
        (("Throttling", 429), ExecutorUnavailable, "Throttling"),
        (("InternalFailure", 500), ExecutorUnavailable, "InternalFailure"),
    ],
)
def test_what_aws_answers_is_one_sentence_of_the_right_kind(
    account: Account, sts: Stubber, answer: tuple[str, int], kind: type[Exception], said: str
) -> None:
    code, status = answer
    sts.add_client_error("get_caller_identity", code, "a message\nof two  lines", status)
    with pytest.raises(kind) as caught, asking():
        account.client("sts").get_caller_identity()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
