from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from corral_core.engine.bill import Bill, check_prices
from corral_core.errors import SettingsError
from corral_core.executors.inline import InlineExecutor
from corral_core.plugins import load
from corral_core.prices import Charge, Cost, Price, PriceTable, Work
from corral_core.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

WORK = Work(10, 30.0)
ASKED = {"GET": 70, "HEAD": 5, "PUT": 10, "LIST": 4, "UPLOAD": 2, "PART": 6, "DELETE": 3}


class Rented(InlineExecutor):
    """A place that bills by the second."""

    prices = PriceTable("Rented", "2025", "https://rented.example/", {"rented.second": Price(0.001, "seconds")})

    def charges(self, work: Work) -> list[Charge]:
        return [Charge("rented.second", work.seconds)]


def quantities(cost: Cost) -> dict[str, float]:
    return {item.name: item.quantity for item in cost.items}


def test_s3_bills_parts_and_uploads_as_it_bills_puts_and_removals_not_at_all() -> None:
    bill = Bill(Rented(), ["s3://bucket/out", "/in"], {}, {})
    cost = bill.cost(WORK, ASKED)
    assert quantities(cost) == {"rented.second": 30, "s3.get": 75, "s3.put": 22}
    assert cost.total == pytest.approx(0.03 + 75 * 0.0004 / 1000 + 22 * 0.005 / 1000)


def test_cloud_storage_bills_an_upload_once_however_many_its_chunks() -> None:
    cost = Bill(InlineExecutor(), ["gs://bucket/out"], {}, {}).cost(WORK, ASKED)
    assert quantities(cost) == {"gcs.class-b": 75, "gcs.class-a": 16}
    assert cost.total == pytest.approx(75 * 0.0004 / 1000 + 16 * 0.005 / 1000)


def test_what_is_read_from_a_store_that_bills_is_billed_though_the_output_is_here() -> None:
    bill = Bill(InlineExecutor(), ["/out", "s3://bucket/in"], {}, {})
    assert quantities(bill.cost(WORK, {"GET": 2})) == {"s3.get": 2}


def test_nothing_is_billed_on_this_machine() -> None:
    bill = Bill(InlineExecutor(), ["/out", "/in"], {}, {"s3.get": 1.0})
    assert bill.tables() == []
    assert bill.cost(WORK, {}) == Cost()


def test_a_price_of_ones_own_is_used() -> None:
    cost = Bill(Rented(), ["/out"], {}, {"rented.second": 2.0}).cost(WORK, {})
    assert cost.total == 60


@pytest.fixture
def check(tmp_path: Path) -> Any:
    def check(**options: Any) -> None:
        check_prices(load_settings(options, env={}, cwd=tmp_path, home=tmp_path), load())

    return check


def test_prices_of_any_place_that_is_installed_may_be_set(check: Any) -> None:
    check(prices=["s3.get=0", "gcs.class-a=1e-6", "lambda.request=.5", "gcf.vcpu-second = 3"])


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        (
            "lambda.requests=1",
            r"'lambda.requests'; did you mean lambda.request\? \(from option prices in code\)",
        ),
        ("s3.get", "bad value .* give NAME=DOLLARS, such as"),
        ("s3.get=-1", "give NAME=DOLLARS"),
        ("s3.get=nan", "give NAME=DOLLARS"),
    ],
)
def test_other_names_and_what_is_no_price_are_refused(price: str, sentence: str, check: Any) -> None:
    with pytest.raises(SettingsError, match=sentence):
        check(prices=[price])
