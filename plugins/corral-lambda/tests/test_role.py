"""Against moto's IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import UsageError
from corral_core.remote import leases
from corral_lambda.policy import ASSUME, run_policy
from corral_lambda.role import ROLE, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.account import Account
    from corral_lambda.testing import LocalAws

pytestmark = pytest.mark.servers

ONE, OTHER = run_policy("aws", ["s3://in/a"], "s3://out/1"), run_policy("aws", ["s3://in/b"], "s3://out/2")


@pytest.fixture
def iam(account: Account) -> Any:
    return account.client("iam")


def names(iam: Any) -> list[str]:
    return sorted(iam.list_role_policies(RoleName=ROLE)["PolicyNames"])


def test_the_role_is_made_for_lambda_alone_and_tagged(iam: Any) -> None:
    arn, fresh = Role(iam, "fn").ensure([ONE])
    found = iam.get_role(RoleName=ROLE)["Role"]
    assert (arn, fresh) == (found["Arn"], True)
    assert found["AssumeRolePolicyDocument"] == json.loads(ASSUME)
    assert found["Tags"] == [{"Key": "corral:made-by", "Value": "corral"}]
    [name] = names(iam)
    assert iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"] == json.loads(ONE)


def test_rights_that_are_there_are_not_written_again(iam: Any, changes: Callable[[], list[str]]) -> None:
    Role(iam, "fn").ensure([ONE, OTHER])
    changes()
    _, fresh = Role(iam, "fn").ensure([ONE])
    assert not fresh
    assert changes() == []


def test_one_run_does_not_take_away_anothers_rights(iam: Any) -> None:
    Role(iam, "fn").ensure([ONE])
    Role(iam, "fn").ensure([OTHER])
    Role(iam, "fn-2").ensure([ONE])
    assert len(names(iam)) == 3


def test_rights_in_use_are_renewed_daily_and_idle_ones_make_room(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    today = leases.today()
    days = [today.replace(year=today.year - 1), today]
    monkeypatch.setattr(leases, "today", lambda: days[0])
    Role(iam, "fn").ensure([ONE, OTHER])
    monkeypatch.setattr(leases, "today", lambda: days[1])
    _, fresh = Role(iam, "fn").ensure([ONE])
    assert not fresh
    assert sum(leases.written(today) in name for name in names(iam)) == 1
    role = Role(iam, "fn")
    assert role._make_room()
    assert [leases.written(today) in name for name in names(iam)] == [True]


def test_a_role_that_somebody_else_made_is_refused_and_stays(iam: Any) -> None:
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=ASSUME)
    for call in (Role(iam, "fn").check, lambda: Role(iam, "fn").ensure([ONE])):
        with pytest.raises(UsageError, match="not made by corral"):
            call()
    Role(iam, "fn").remove()
    assert iam.get_role(RoleName=ROLE)


def test_the_last_function_takes_the_role_with_it(iam: Any) -> None:
    Role(iam, "fn").ensure([ONE])
    Role(iam, "fn-2").ensure([ONE])
    Role(iam, "fn").remove()
    assert names(iam) == Role(iam, "fn-2").policies()
    for _ in range(2):
        Role(iam, "fn-2").remove()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=ROLE)


def test_iam_that_does_not_know_the_new_role_everywhere_is_waited_for(iam: Any, aws: LocalAws) -> None:
    aws.front.delays.role_visible = 3
    Role(iam, "fn").ensure([ONE])
    aws.front.delays.role_visible = 0
    assert len(names(iam)) == 1
