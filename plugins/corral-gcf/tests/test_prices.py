"""What Cloud Run would bill, against sums worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from corral_core.prices import PriceList, Work
from corral_gcf.executor import GcfExecutor
from corral_gcf.prices import PRICES, processors
from corral_gcf.settings import GcfSettings


def billed(work: Work, **settings: Any) -> dict[str, float]:
    """Dollars by name."""
    executor = GcfExecutor(GcfSettings(**settings), 10)
    return {item.name: item.dollars for item in PriceList([PRICES], {}).cost(executor.charges(work)).items}


def test_a_thousand_seconds_of_two_gibibytes_and_their_processor() -> None:
    dollars = billed(Work(100, 1000.0), gcf_memory=2048)
    seconds = 1000 + 100 * 0.05  # each of 100 requests is rounded up to 0.1 s: by half of that on average
    expected = {"gcf.vcpu-second": seconds * 0.000024, "gcf.gib-second": seconds * 2 * 0.0000025}
    assert dollars == pytest.approx(expected | {"gcf.request": 100 * 0.0000004})
    assert sum(dollars.values()) == pytest.approx(0.029185)


def test_processors_that_were_chosen_are_billed() -> None:
    assert billed(Work(1, 99.95), gcf_memory=2048, gcf_cpu=4)["gcf.vcpu-second"] == pytest.approx(400 * 0.000024)


@pytest.mark.parametrize(("memory", "vcpus"), [(128, 0.083), (200, 0.167), (2048, 1), (3000, 2), (32_768, 8)])
def test_memory_comes_with_processors(memory: int, vcpus: float) -> None:
    assert processors(memory, None) == vcpus
    assert GcfExecutor(GcfSettings(gcf_memory=memory), 1).capabilities.cpu == min(1, vcpus)


def test_the_table_says_where_and_when_and_for_what_its_prices_are() -> None:
    assert "us-central1" in PRICES.place
    assert PRICES.source == "https://cloud.google.com/run/pricing"
    assert PRICES.date
    assert all(price.unit and price.dollars > 0 for price in PRICES.prices.values())
