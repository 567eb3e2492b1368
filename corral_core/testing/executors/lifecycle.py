"""Opening, closing, and what an executor says of itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.executor import Capabilities
from corral_core.prices import PriceList, Work
from corral_core.tasks import encode
from corral_core.testing.executors.base import ExecutorBase

if TYPE_CHECKING:
    from corral_core.executor import Executor
    from corral_core.testing.jobs import TaskBench

__all__ = ["LifeCycle"]


class LifeCycle(ExecutorBase):
    """An executor's life."""

    def test_it_says_what_it_is(self, closed: Executor) -> None:
        """It has a name in small letters, and capabilities before it is open."""
        assert closed.name == closed.name.strip().lower() != "", f"its name is {closed.name!r}"
        assert isinstance(closed.capabilities, Capabilities)
        assert closed.capabilities.slots is None or closed.capabilities.slots >= 1

    def test_what_it_charges_has_a_price(self, closed: Executor) -> None:
        """Every charge has a price in its table, and more work costs no less."""
        prices = PriceList([] if closed.prices is None else [closed.prices], {})
        less, more = (prices.cost(closed.charges(work)).total for work in (Work(1, 1.0), Work(10, 100.0)))
        assert 0 <= less <= more

    def test_submit_before_open_is_refused(self, closed: Executor, bench: TaskBench) -> None:
        """A task that comes before ``open`` ends with ExecutorUnavailable, raised or in its future."""
        self.refused(closed, encode(bench.acting("echo early")))

    def test_submit_after_close_is_refused(self, executor: Executor, bench: TaskBench) -> None:
        """A task that comes after ``close`` ends with ExecutorUnavailable, raised or in its future."""
        executor.close()
        self.refused(executor, encode(bench.acting("echo late")))

    def test_close_may_be_repeated(self, executor: Executor) -> None:
        """The second ``close`` changes nothing."""
        executor.close()
        executor.close()

    def test_close_needs_no_open(self, closed: Executor) -> None:
        """``close`` of an executor that was never open changes nothing."""
        closed.close()

    def test_open_may_be_repeated(self, executor: Executor, bench: TaskBench) -> None:
        """``open`` of an open executor leaves it open, with the same bundle as before."""
        self.still_works(executor, bench)
        executor.open(bench.bundle())
        self.still_works(executor, bench)

    def test_it_can_be_opened_again_after_close(self, executor: Executor, bench: TaskBench) -> None:
        """A closed executor that is opened again works again."""
        executor.close()
        executor.open(bench.bundle())
        self.still_works(executor, bench)

    def test_a_new_one_works_after_an_old_one_is_closed(self, executor: Executor, bench: TaskBench) -> None:
        """What one executor leaves behind is not in the way of the next."""
        executor.close()
        with contextlib.closing(self.make_executor()) as another:
            another.open(bench.bundle())
            self.still_works(another, bench)

    def test_undeploy_may_be_repeated_and_needs_no_open(self, closed: Executor) -> None:
        """``undeploy`` removes what is there, and minds nothing that is not."""
        closed.undeploy()
        closed.undeploy()

    def test_it_works_after_undeploy(self, executor: Executor, bench: TaskBench) -> None:
        """After ``close`` and ``undeploy`` it can be opened as if for the first time."""
        executor.close()
        executor.undeploy()
        executor.open(bench.bundle())
        self.still_works(executor, bench)

    def test_what_it_says_of_itself_is_for_people(self, executor: Executor, bench: TaskBench) -> None:
        """``usage`` is a line or nothing, and ``diagnose`` gives findings and raises nothing."""
        self.still_works(executor, bench)
        assert isinstance(executor.usage(), str)
        assert all(isinstance(finding, Finding) for finding in executor.diagnose())
