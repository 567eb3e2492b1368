"""All who are told of a run's events: observers, what counts the run's spending, and the report.

::

    phases, dispatch, executor ──event──> Audience ──> observers: progress, a plugin's own
                                                  ├──> Spending: the bill, and what was of no use
                                                  └──> Reporting: _report.json.gz
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from corral_core.engine.reporting import Reporting
from corral_core.engine.spending import Spending
from corral_core.events import Step
from corral_core.storage import requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.clock import Clock
    from corral_core.engine.reporting import Left
    from corral_core.engine.setup import Setup
    from corral_core.engine.totals import Totals
    from corral_core.events import Event, Observer
    from corral_core.prices import Cost

__all__ = ["Audience"]


class Audience:
    """Of a session that begins now.

    :param clock: the driver's time.
    """

    def __init__(self, observers: Sequence[Observer], clock: Clock) -> None:
        self._observers, self._clock = observers, clock
        self._asked = requests.counted()
        self.spending, self.reporting = Spending(), Reporting(clock)

    def tell(self, event: Event) -> None:
        """Something happened."""
        self.spending.see(event, self._clock.now())
        self.reporting.see(event)
        for observer in self._observers:
            observer.on_event(event)

    def step(self, text: str) -> None:
        """Something that takes time and is no task has begun."""
        self.tell(Step(text))

    def cost(self, setup: Setup) -> Cost:
        """What the session has come to, at list prices."""
        asked = Counter(requests.since(self._asked))
        if not setup.executor.capabilities.in_process:  # what tasks ask for in this process is counted with the rest
            asked.update(self.spending.requests)
        return setup.bill().cost(self.spending.work(self._clock.now()), asked)

    def report(self, setup: Setup, totals: Totals, left: Left, error: BaseException | None) -> str:
        """Leave the report in the location; answers its path, or nothing when there is none."""
        try:
            return self.reporting.leave(setup, totals, left, self.cost(setup), error)
        except Exception as failure:  # noqa: BLE001  (whatever is wrong with the report, the run is what it is)
            self.step(f"no report of this run: {failure}")
            return ""
