"""What a place bills and at which prices: the plain values in which executors and storages tell it, and their sum.

::

    executor.charges(work) ──┐
                             ├──> charges ──PriceList──> Cost: item by item, and the total
    storage.billed ──────────┘                  ▲
                              tables of list prices, and the setting ``prices`` over them
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003  (a struct's signature evaluates its annotations)
from difflib import get_close_matches
from math import fsum
from typing import TYPE_CHECKING

import msgspec

from corral_core.errors import PluginError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Charge", "Cost", "CostItem", "Price", "PriceList", "PriceTable", "Work"]


class Price(msgspec.Struct, frozen=True):
    """Dollars for one unit."""

    dollars: float
    unit: str
    """Several of them, as people name it: ``GB-seconds``."""


class PriceTable(msgspec.Struct, frozen=True):
    """Public list prices of one place, without its free tier and discounts."""

    place: str
    """What they hold for, with the region: ``AWS Lambda in us-east-1``."""
    date: str
    """The year or day as of which they were taken from there."""
    source: str
    """The page that lists them."""
    prices: Mapping[str, Price]
    """By dotted name, the place first: ``lambda.gb-second``."""


class Work(msgspec.Struct, frozen=True):
    """What an executor ran, or will run."""

    attempts: int
    """Calls of a worker; those that were refused for being too many are not among them."""
    seconds: float
    """That workers were busy, all together."""


class Charge(msgspec.Struct, frozen=True):
    """So much of something that has a price."""

    name: str
    """The price's."""
    quantity: float


class CostItem(msgspec.Struct, frozen=True):
    """A row of a bill."""

    name: str
    quantity: float
    unit: str
    price: float
    """Dollars for one unit."""
    dollars: float


class Cost(msgspec.Struct, frozen=True):
    """A bill in dollars, at list prices: data transfer, storage at rest and free tiers are left out of account."""

    items: tuple[CostItem, ...] = ()
    """None where nothing is billed."""

    @property
    def total(self) -> float:
        """All items' dollars."""
        return fsum(item.dollars for item in self.items)


class PriceList:
    """The prices that hold.

    :param tables: list prices.
    :param instead: dollars by name, in their place.
    :raises SettingsError: for a name in ``instead`` that no table has.
    """

    def __init__(self, tables: Iterable[PriceTable], instead: Mapping[str, float]) -> None:
        self._prices = {name: price for table in tables for name, price in table.prices.items()}
        for name, dollars in instead.items():
            if name not in self._prices:
                raise SettingsError(_unknown(name, self._prices))
            self._prices[name] = Price(dollars, self._prices[name].unit)

    def cost(self, charges: Iterable[Charge]) -> Cost:
        """What charges come to; those of one name are one item, in the order of their first.

        :raises PluginError: for one without a price, which whoever charges it forgot.
        """
        quantities: Counter[str] = Counter()
        for charge in charges:
            quantities[charge.name] += charge.quantity  # type: ignore[assignment]  # (a Counter adds floats as well)
        return Cost(tuple(self._item(name, quantity) for name, quantity in quantities.items() if quantity))

    def _item(self, name: str, quantity: float) -> CostItem:
        price = self._prices.get(name)
        if price is None:
            raise PluginError(f"{name} is charged and no table of prices has it: add it to the prices of its executor")
        return CostItem(name, quantity, price.unit, price.dollars, quantity * price.dollars)


def _unknown(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f"there is no price {name!r}; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}")
