"""Against moto's Lambda: what is called, and what is there afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import UsageError
from corral_lambda.account import Account
from corral_lambda.deploy import deploy
from corral_lambda.function import Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.deploy import Code
    from corral_lambda.function import Configuration
    from corral_lambda.testing import LocalAws

    Codes = Callable[[str], Code]
    Configurations = Callable[..., Configuration]

pytestmark = pytest.mark.servers


def test_a_function_is_made_when_there_is_none(function: Function, code: Codes, configuration: Configurations) -> None:
    made = deploy(function, configuration(), code("a"), "a note")
    assert (made.version, made.fresh) == ("1", True)
    found = function.client.get_function(FunctionName="fn", Qualifier="1")
    assert found["Tags"] == {"corral:made-by": "corral"}
    assert found["Configuration"]["Description"] == "a note"
    assert configuration().matches(found["Configuration"])


def test_steps_tell_what_takes_time_and_nothing_of_what_is_there(
    function: Function, code: Codes, configuration: Configurations
) -> None:
    steps: list[str] = []
    watched = Function(function.client, function.name, steps.append)
    deploy(watched, configuration(), code("a"), "note")
    assert steps == ["creating the function fn", "waiting until Lambda has fn ready"]
    deploy(watched, configuration(), code("b"), "note")
    assert steps[2:] == ["updating the function fn", "waiting until Lambda has fn ready"]
    deploy(watched, configuration(), code("b"), "note")
    assert len(steps) == 4


def test_what_is_deployed_already_is_not_touched(
    function: Function, code: Codes, configuration: Configurations, changes: Callable[[], list[str]]
) -> None:
    first = deploy(function, configuration(), code("a"), "note")
    changes()
    again = deploy(function, configuration(), code("a"), "another note")
    assert (again.version, again.fresh) == (first.version, False)
    assert changes() == []


@pytest.mark.parametrize(
    "change",  # but for storage and architecture, which moto does not update
    [
        {"memory": 512},
        {"timeout": 31},
        {"variables": {"A": "b"}},
        {"runtime": "python3.12"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_configuration_is_a_new_version(
    function: Function, code: Codes, configuration: Configurations, change: dict[str, Any]
) -> None:
    deploy(function, configuration(), code("a"), "note")
    changed = deploy(function, configuration(**change), code("a"), "note")
    assert (changed.version, changed.fresh) == ("2", True)
    old, new = function.versions()
    assert configuration().matches(old)
    assert configuration(**change).matches(new)


def test_changed_code_is_a_new_version_and_the_old_one_stays(
    function: Function, code: Codes, configuration: Configurations
) -> None:
    deploy(function, configuration(), code("a"), "note")
    deploy(function, configuration(), code("b"), "note")
    assert [found["CodeSha256"] for found in function.versions()] == [code("a").sha256, code("b").sha256]


def test_going_back_takes_up_the_old_version(function: Function, code: Codes, configuration: Configurations) -> None:
    for text in "ab":
        deploy(function, configuration(), code(text), "note")
    assert deploy(function, configuration(), code("a"), "note").version == "1"


def test_drivers_that_deploy_at_once_each_get_a_version_with_their_code(
    account: Account, code: Codes, configuration: Configurations
) -> None:
    def one(text: str) -> str:
        return deploy(Function(Account().client("lambda"), "fn"), configuration(), code(text), f"note {text}").version

    with ThreadPoolExecutor(4) as drivers:
        versions = dict(zip("abcd", drivers.map(one, "abcd"), strict=True))
    found = {found["Version"]: found["CodeSha256"] for found in Function(account.client("lambda"), "fn").versions()}
    assert {text: found[version] for text, version in versions.items()} == {text: code(text).sha256 for text in "abcd"}


def test_somebody_elses_function_is_refused_and_stays(
    function: Function, code: Codes, configuration: Configurations
) -> None:
    function.client.create_function(
        FunctionName="fn", Role=configuration().role, Handler="a.b", Runtime="python3.11", Code=code("x").request()
    )
    with pytest.raises(UsageError, match="fn was not made by corral"):
        deploy(function, configuration(), code("a"), "note")
    assert not function.remove()
    assert function.client.get_function(FunctionName="fn")["Configuration"]["CodeSha256"] == code("x").sha256


def test_remove_takes_all_versions_and_may_be_repeated(
    function: Function, code: Codes, configuration: Configurations
) -> None:
    for text in "abc":
        deploy(function, configuration(), code(text), "note")
    assert function.remove()
    assert function.remove()
    assert function.describe() is None
    assert list(function.versions()) == []


def test_lambda_that_takes_its_time_is_waited_for(
    aws: LocalAws, account: Account, code: Codes, configuration: Configurations
) -> None:
    aws.front.delays.role_assumable = aws.front.delays.function_ready = 2
    trust = '{"Version":"2012-10-17","Statement":[]}'
    role = account.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    function = Function(account.client("lambda"), "fn")
    for text in "ab":
        deploy(function, configuration(role=role), code(text), "note")
    assert [found["CodeSha256"] for found in function.versions()] == [code("a").sha256, code("b").sha256]
