from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import PluginError, SettingsError
from corral_core.prices import Charge, Cost, CostItem, Price, PriceList, PriceTable

PRICES = {"cloud.second": Price(0.00002, "seconds"), "cloud.call": Price(0.0000002, "calls")}
STORE = {"store.put": Price(0.000005, "puts"), "store.get": Price(0.0000004, "gets")}
TABLES = [
    PriceTable("Cloud", "2025", "https://cloud.example/", PRICES),
    PriceTable("Store", "2025", "https://store.example/", STORE),
]
NAMES = sorted({**PRICES, **STORE})

amounts = st.floats(0, 1e9, allow_subnormal=False)
charges = st.lists(st.builds(Charge, st.sampled_from(NAMES), amounts))


def test_a_bill_worked_out_by_hand() -> None:
    cost = PriceList(TABLES, {}).cost([Charge("cloud.second", 712), Charge("cloud.call", 100), Charge("store.put", 24)])
    assert [item.name for item in cost.items] == ["cloud.second", "cloud.call", "store.put"]
    assert [item.dollars for item in cost.items] == pytest.approx([0.01424, 0.00002, 0.00012])
    assert cost.total == pytest.approx(0.01438)


def test_what_is_charged_under_one_name_is_one_item_and_nothing_is_none() -> None:
    cost = PriceList(TABLES, {}).cost([Charge("store.get", 2), Charge("cloud.call", 0), Charge("store.get", 3)])
    assert cost.items == (CostItem("store.get", 5, "gets", 0.0000004, 5 * 0.0000004),)


def test_no_charges_cost_nothing() -> None:
    assert PriceList(TABLES, {}).cost([]) == Cost()
    assert Cost().total == 0


@given(charges)
def test_the_total_is_the_sum_of_the_items(some: list[Charge]) -> None:
    cost = PriceList(TABLES, {}).cost(some)
    assert cost.total == fsum(item.dollars for item in cost.items)
    assert all(item.dollars == item.quantity * item.price for item in cost.items)


@given(charges, st.sampled_from(NAMES), st.floats(0, 10))
def test_a_price_of_ones_own_changes_its_item_and_no_other(some: list[Charge], name: str, dollars: float) -> None:
    before, after = (PriceList(TABLES, instead).cost(some).items for instead in ({}, {name: dollars}))
    for old, new in zip(before, after, strict=True):
        assert (old.name, old.quantity, old.unit) == (new.name, new.quantity, new.unit)
        assert new.price == (dollars if new.name == name else old.price)


def test_a_price_that_nobody_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"there is no price 'store\.gett'; did you mean store\.get\?"):
        PriceList(TABLES, {"store.gett": 1.0})
    with pytest.raises(SettingsError, match=r"there is no price 'xyz'; known are cloud\.call, cloud\.second, store\."):
        PriceList(TABLES, {"xyz": 1.0})


def test_an_executor_that_charges_what_has_no_price_is_told() -> None:
    with pytest.raises(PluginError, match=r"cloud\.minute is charged and no table of prices has it"):
        PriceList(TABLES, {}).cost([Charge("cloud.minute", 1)])
