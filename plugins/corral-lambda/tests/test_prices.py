"""What Lambda would bill, against sums worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from corral_core.prices import PriceList, Work
from corral_lambda.executor import LambdaExecutor
from corral_lambda.prices import PRICES
from corral_lambda.report import Report, Usage
from corral_lambda.settings import LambdaSettings


def billed(work: Work, used: Usage | None = None, **settings: Any) -> dict[str, float]:
    """Dollars by name."""
    executor = LambdaExecutor(LambdaSettings(**settings), 10)
    executor.used = used
    return {item.name: item.dollars for item in PriceList([PRICES], {}).cost(executor.charges(work)).items}


def test_a_thousand_seconds_of_two_gigabytes() -> None:
    dollars = billed(Work(100, 1000.0), lambda_memory=2048)
    assert dollars == pytest.approx({"lambda.gb-second": 2000 * 0.0000166667, "lambda.request": 100 * 0.0000002})
    assert sum(dollars.values()) == pytest.approx(0.0333534)


def test_arm64_is_cheaper_by_a_fifth() -> None:
    dollars = billed(Work(1, 512.0), lambda_memory=1024, lambda_architecture="arm64")
    assert dollars == pytest.approx({"lambda.arm-gb-second": 512 * 0.0000133334, "lambda.request": 0.0000002})


def test_temporary_storage_costs_beyond_512_mb() -> None:
    dollars = billed(Work(1, 100.0), lambda_memory=1024, lambda_ephemeral_storage=2560)
    assert dollars["lambda.storage-gb-second"] == pytest.approx(100 * 2 * 0.0000000309)


def test_after_a_run_lambdas_own_reports_count_and_what_never_answered_is_an_average_attempt() -> None:
    used = Usage()
    for seconds in (3.0, 5.0):
        used.add(Report(seconds, 1024, 100, None))
    used.add(None)  # an answer without a report
    dollars = billed(Work(4, 10.0), used, lambda_memory=1024)
    assert dollars["lambda.gb-second"] == pytest.approx((3 + 5 + 2 * 2.5) * 0.0000166667)
    assert dollars["lambda.request"] == pytest.approx(4 * 0.0000002)


def test_calls_that_are_no_tasks_are_billed_too() -> None:
    used = Usage()
    for _ in range(3):
        used.add(Report(1.0, 1024, 100, None))
    dollars = billed(Work(2, 2.0), used, lambda_memory=1024)
    assert dollars == pytest.approx({"lambda.gb-second": 3 * 0.0000166667, "lambda.request": 3 * 0.0000002})


@pytest.mark.parametrize(("memory", "share"), [(128, 128 / 1769), (1769, 1.0), (10_240, 1.0)])
def test_a_task_has_the_share_of_a_processor_that_comes_with_its_memory(memory: int, share: float) -> None:
    assert LambdaExecutor(LambdaSettings(lambda_memory=memory), 1).capabilities.cpu == share


def test_the_table_says_where_and_when_and_for_what_its_prices_are() -> None:
    assert (PRICES.place, PRICES.source) == ("AWS Lambda in us-east-1", "https://aws.amazon.com/lambda/pricing/")
    assert PRICES.date
    assert all(price.unit and price.dollars > 0 for price in PRICES.prices.values())
