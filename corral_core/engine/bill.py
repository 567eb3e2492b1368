"""What a run's work and requests cost where its executor or its storage bills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.errors import SettingsError
from corral_core.prices import Charge, PriceList
from corral_core.storage.resolve import own_storages, storage_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from corral_core.executor import Executor
    from corral_core.plugins import Plugins
    from corral_core.prices import Cost, PriceTable, Work
    from corral_core.settings import Settings
    from corral_core.storage.api import Storage

__all__ = ["Bill", "check_prices"]


class Bill:
    """Puts prices on a run.

    Requests are counted by kind, whatever store they went to. Where inputs and outputs are in two stores that bill,
    all are priced as the outputs' store does.

    :param paths: the working location, then what is read.
    :param instead: the setting ``prices``.
    """

    def __init__(
        self, executor: Executor, paths: Sequence[str], storages: Mapping[str, str], instead: Mapping[str, float]
    ) -> None:
        self._executor = executor
        found = (storage_for(path, storages) for path in paths)
        self._storage: Storage | None = next((storage for storage in found if storage.prices is not None), None)
        names = {name for table in self.tables() for name in table.prices}
        self._prices = PriceList(self.tables(), {name: price for name, price in instead.items() if name in names})

    def tables(self) -> list[PriceTable]:
        """The list prices that hold for this run."""
        both = (self._executor.prices, self._storage.prices if self._storage else None)
        return [table for table in both if table is not None]

    def cost(self, work: Work, requests: Mapping[str, int]) -> Cost:
        """:param requests: to stores, by kind: those of the tasks and of the driver."""
        charges = [*self._executor.charges(work)] if self._executor.prices is not None else []
        return self._prices.cost([*charges, *self._asked(requests)])

    def _asked(self, requests: Mapping[str, int]) -> Iterator[Charge]:
        billed = self._storage.billed if self._storage else {}
        for kind, number in sorted(requests.items()):
            if kind in billed:
                yield Charge(billed[kind], number)


def check_prices(settings: Settings, plugins: Plugins) -> None:
    """See that the setting ``prices`` names what somebody bills, be it not in this run.

    :raises SettingsError: for any other name.
    """
    instead = settings.core.own_prices
    if not instead:
        return
    places = [cls.prices for _, cls in plugins.executors.items()]
    places += [cls.prices for cls in (*own_storages(), *(cls for _, cls in plugins.storages.items()))]
    try:
        PriceList((table for table in places if table is not None), instead)
    except SettingsError as error:
        raise SettingsError(f"{error} (from {settings.origin('prices')})") from None
