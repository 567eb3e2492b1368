"""A whole run in a hostile world with a clock of its own, made from a seed: real tasks, real journals, no waiting.

::

    Driver ──submit──► SimulatedExecutor ──► World: what happens, by its time ──► worker.run_task
       ▲                                       │                                        │
       ├──────── answers, losses, nothing ─────┤                                        ▼
       └──────── SimulatedClock.wait ◄─────────┘                                  faulty://NAME

Tasks run when their time comes, in the driver's thread, whole or up to the call in which their worker dies. The driver
dies between any two of its own steps, and another takes its run up. Virtual hours cost milliseconds.

::

    with Simulation(seed=7, rates=Rates(lost=0.1, late=0.05)) as world:
        world.write("in.txt", b"to be or not to be")
        world.run(source, ["in.txt"], max_attempts=3, task_timeout=60)
"""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import pytest

from corral_core import plugins as plugin_manager
from corral_core.engine import patience
from corral_core.engine.clock import Clock
from corral_core.engine.run import run
from corral_core.errors import WorkerLost
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_core.settings import load_settings
from corral_core.tasks import decode_task
from corral_core.testing.fates import Rates
from corral_core.testing.faulty import FaultyStorage, faulty
from corral_core.testing.world import DriverDied, Submission, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.engine.result import RunResult
    from corral_core.events import Observer
    from corral_core.testing.fates import Fate

__all__ = ["DriverDied", "SimulatedClock", "SimulatedExecutor", "Simulation"]

_T = TypeVar("_T")


class SimulatedClock(Clock):
    """The world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return self._world.now

    def wait(self, queue: SimpleQueue[_T], until: float | None) -> _T | None:
        self._world.step()
        while True:
            with suppress(Empty):
                return queue.get_nowait()
            if not self._world.go_on(until):
                return None


class SimulatedExecutor(Executor):
    """A place of the world's. Whether it can cancel, and how many slots it has, are its simulation's choice."""

    name: ClassVar[str] = "simulated"
    simulation: ClassVar[Simulation | None] = None

    def __init__(self, simulation: Simulation) -> None:
        self.capabilities = simulation.capabilities
        self._world = simulation.world

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:  # noqa: ARG003  (it has none)
        assert cls.simulation is not None, "only a Simulation runs on this executor"
        return cls(cls.simulation)

    def open(self, bundle: Bundle) -> None:
        """The world is there."""

    def submit(self, payload: bytes) -> Future[bytes]:
        world = self._world
        world.step()
        fate = world.rates.fate(world.dice)
        world.submissions.append(Submission(world.now, decode_task(payload), fate))
        attempt = _Attempt(world, payload, fate)
        if not self.capabilities.can_cancel:
            attempt.future.set_running_or_notify_cancel()
        return attempt.future

    def close(self) -> None:
        """The world goes on."""


class _Attempt:
    def __init__(self, world: World, payload: bytes, fate: Fate) -> None:
        self.future: Future[bytes] = Future()
        self._world, self._payload, self._fate = world, payload, fate
        self._reply: bytes | None = None
        self._obeys = world.dice.random() < 0.5  # some workers hear too late that they are cancelled
        for at in fate.runs_at:
            world.after(at, self._run)
        if fate.answers_at is not None:
            world.after(fate.answers_at, self._answer)

    def _run(self) -> None:
        if not (self.future.cancelled() and self._obeys):
            reply = self._world.work(self._payload, self._fate.dies_at)
            self._reply = self._reply or reply

    def _answer(self) -> None:
        with suppress(InvalidStateError):  # it was cancelled
            if self._fate.error is not None:
                self.future.set_exception(self._fate.error("so it was drawn"))
            elif self._reply is None:
                self.future.set_exception(WorkerLost("it had been cancelled"))
            else:
                self.future.set_result(self._reply)


class Simulation:
    """One seed's world, in which drivers run one after the other.

    :param slots: of the place.
    :param can_cancel: whether a cancelled attempt frees its slot at once.
    """

    def __init__(
        self, seed: int, rates: Rates | None = None, *, slots: int | None = 4, can_cancel: bool = False
    ) -> None:
        self.world = World(seed, rates or Rates())
        self.capabilities = Capabilities(slots=slots, can_cancel=can_cancel, in_process=True)
        self.location = ""
        """Where files of this world lie."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.location = self._stack.enter_context(faulty(f"simulation-{self.world.seed}", self.world))
        patch = self._stack.enter_context(pytest.MonkeyPatch.context())
        plugin_manager.load().executors.add(SimulatedExecutor.name, SimulatedExecutor, "corral-core's tests")
        patch.setattr(SimulatedExecutor, "simulation", self)
        patch.setattr(patience, "_MOST", 0.0)  # the driver's own retries would take real seconds
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, name: str, content: bytes) -> str:
        """An input; answers its path."""
        path = f"{self.location}/{name}"
        with FaultyStorage().create(path) as stream:
            stream.write(content)
        return path

    def run(
        self,
        source: JobSource,
        inputs: Sequence[str],
        observers: Sequence[Observer] = (),
        *,
        dies_at: int | None = None,
        **options: Any,
    ) -> RunResult:
        """One driver's try.

        :param dies_at: after so many of its steps the driver is killed.
        :raises DriverDied: if it was.
        """
        world = self.world
        world.dies_at, world.steps = dies_at, 0
        settings = load_settings(options={"executor": SimulatedExecutor.name, **options})
        chance = Random(world.dice.random())  # noqa: S311  (spreads retries, guards nothing)
        try:
            return run(source, inputs, settings, observers, clock=SimulatedClock(world), chance=chance)
        finally:
            world.dies_at, world.driver_alive = None, True
