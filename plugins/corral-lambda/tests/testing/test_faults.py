"""Invocations are spoiled by a schedule that a seed fixes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given
from hypothesis import strategies as st

from corral_lambda.testing import InvokeFaults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_lambda.testing import InvokeFault, LocalAws
    from corral_lambda.testing.tiny import TinyFunctions

    Fails = Callable[[Callable[[], object]], tuple[int, str, str]]

KINDS: tuple[InvokeFault, ...] = ("throttle", "error", "bad_gateway", "unavailable", "cut", "lose")
payloads = st.lists(st.binary(max_size=3), max_size=30)


@given(payloads, st.integers(0, 5), st.randoms())
def test_the_order_of_different_payloads_does_not_matter(sent: list[bytes], seed: int, random: Any) -> None:
    def schedule(order: list[bytes]) -> Counter[tuple[bytes, str]]:
        faults = InvokeFaults(seed=seed, throttle=0.3, cut=0.2)
        return Counter((payload, faults.next("function", payload)) for payload in order)

    mixed = random.sample(sent, len(sent))
    assert schedule(mixed) == schedule(sent)


def test_fractions_and_seeds_are_kept() -> None:
    def schedule(seed: int) -> list[InvokeFault]:
        faults = InvokeFaults(seed=seed, throttle=0.3, error=0.1)
        return [faults.next("function", b"%d" % number) for number in range(2000)]

    counts = Counter(schedule(1))
    assert 500 < counts["throttle"] < 700
    assert 140 < counts["error"] < 260
    assert set(counts) == {"", "throttle", "error"}
    assert schedule(1) != schedule(2)


def test_a_spoiled_payload_may_pass_when_it_comes_again() -> None:
    faults = InvokeFaults(throttle=0.5)
    assert {faults.next("function", b"{}") for _ in range(50)} == {"", "throttle"}


@pytest.mark.servers
@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("throttle", (429, "TooManyRequestsException")),
        ("error", (500, "ServiceException")),
        ("bad_gateway", (502, "502")),
        ("unavailable", (503, "503")),
    ],
    ids=["throttle", "error", "bad_gateway", "unavailable"],
)
def test_an_answer_is_lambdas_own(
    aws: LocalAws, lambdas: TinyFunctions, fails: Fails, kind: str, answer: tuple[int, str]
) -> None:
    lambdas.create("def handler(event, context): return event")
    setattr(aws.front.faults, kind, 1.0)
    assert fails(lambdas.invoke)[:2] == answer
    assert [(call.operation, call.fault, call.status) for call in aws.calls[-1:]] == [("Invoke", kind, answer[0])]


@pytest.mark.servers
@pytest.mark.parametrize(("kind", "ran"), [("cut", False), ("lose", True)])
def test_a_lost_answer_may_have_been_worked_for(
    aws: LocalAws, lambdas: TinyFunctions, tmp_path: Path, kind: str, ran: bool
) -> None:
    lambdas.create("def handler(event, context): open(event, 'w').close()")
    setattr(aws.front.faults, kind, 1.0)
    sign = tmp_path / "sign"
    with pytest.raises(ConnectionClosedError):
        lambdas.invoke(str(sign))
    assert sign.exists() is ran


@pytest.mark.servers
def test_the_same_seed_spoils_the_same_invocations(aws: LocalAws, lambdas: TinyFunctions) -> None:
    lambdas.create("def handler(event, context): return event")

    def outcomes() -> list[int]:
        aws.front.faults = InvokeFaults(seed=7, throttle=0.3, error=0.2)
        statuses = []
        for number in range(20):
            try:
                statuses.append(lambdas.invoke(number).status)
            except ClientError as error:
                statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return statuses

    first = outcomes()
    assert outcomes() == first
    assert set(first) == {200, 429, 500}


@pytest.mark.servers
def test_a_test_may_choose_for_each_invocation(aws: LocalAws, lambdas: TinyFunctions, fails: Fails) -> None:
    lambdas.create("def handler(event, context): return event")
    aws.front.faults.choose = lambda function, payload: "throttle" if payload == b"1" else None
    assert fails(lambda: lambdas.invoke(1))[0] == 429
    assert lambdas.invoke(2).payload == 2
