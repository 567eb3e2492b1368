"""Whole runs in a hostile world: whatever happens to workers, answers and drivers, the bytes are those of a quiet run,
or the failure is one that the schedule accounts for, and the run can be gone on with.

A schedule is made from a seed alone, and a test that fails prints it. ``SIMULATION_SEEDS=N`` plays N schedules where
some hundred are played every day; ``python -m tests.engine.test_simulation SEED`` plays one and tells what happened.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]  # (fsspec ships no types)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import Driver, Job, Sum, count
from corral_core.engine import resume, setup
from corral_core.engine.loading import JobSource, remember
from corral_core.engine.phase import ATTEMPTS_A_ROUND
from corral_core.engine.scheduling.throttle import PATIENCE
from corral_core.errors import ExecutorUnavailable, ResumeError, RunError, TaskFailedError, Throttled
from corral_core.events import Event, Observer
from corral_core.report.store import NAME as REPORT
from corral_core.storage.resolve import storage_for
from corral_core.tasks import JobRef, MapTask
from corral_core.testing.fates import Rates
from corral_core.testing.simulation import DriverDied, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from corral_core.engine.result import RunResult
    from corral_core.tasks import Task
    from corral_core.testing.world import Submission

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "400"))
TRIES = 6
"""Drivers that may die or fail before a quiet one ends the run."""

TEXT = [
    b"to be or not to be\nthat is the question\nwhether tis nobler in the mind to suffer\n",
    b"the slings and arrows\r\nof outrageous fortune\r\nor to take arms\n\nagainst a sea of troubles",
    b"x\n" * 9 + b"and by opposing end them to die to sleep no more and by a sleep to say we end\n",
]


def words(_: str, line: str) -> Iterator[tuple[str, str]]:
    count("lines")
    for word in line.split():
        yield word, f"{line[:3]}{len(line)}"


def ones(_: str, line: str) -> Iterator[tuple[str, int]]:
    count("lines")
    for word in line.split():
        count(f"words of {len(word)}")
        yield word, 1


def joined(word: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Shows the order of the values."""
    count("keys")
    yield word, ",".join(values)


def total(word: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield word, sum(values)


def by_count(word: str, number: int) -> Iterator[tuple[int, str]]:
    count("words")
    yield number, word


def lengths(_: str, line: str) -> Iterator[tuple[str, int]]:
    count("lines")
    yield line, len(line)


def same(key: str, value: int) -> Iterator[tuple[str, int]]:
    count("again")
    yield key, value


JOBS = {
    "reducer": [Job(words, joined, reducers=3)],
    "combiner": [Job(ones, total, combiner=total, reducers=3)],
    "aggregator": [Job(ones, Sum(), reducers=2)],
    "map-only": [Job(lengths)],
    "stages": [Job(ones, Sum(), reducers=3), Job(by_count, joined, reducers=2)],
    "map-only first": [Job(lengths), Job(same, Sum(), reducers=2)],
    "map-only last": [Job(ones, Sum(), reducers=3), Job(by_count)],
}
SIZES = {"split_size": 40, "map_bin_size": 60}


@dataclass(frozen=True)
class Quiet:
    """What a run gives that nothing disturbs."""

    outputs: list[bytes]
    counters: dict[str, int]


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Quiet]:
    """By job."""
    return quiet_runs(tmp_path_factory.mktemp("quiet"))


def quiet_runs(folder: Path) -> dict[str, Quiet]:
    inputs = [folder / f"in-{number}.txt" for number in range(len(TEXT))]
    for path, text in zip(inputs, TEXT, strict=True):
        path.write_bytes(text)
    found = {}
    for name, jobs in JOBS.items():
        result = Driver(jobs, executor="inline", working_location=folder / name, **SIZES).run(inputs)
        found[name] = Quiet([content(output.path) for output in result.outputs], result.counters)
    return found


def content(path: str) -> bytes:
    """A file's bytes; behind the back of a store that fails."""
    path = path.replace("faulty://", "memory://")
    with storage_for(path).open(path) as stream:
        return stream.read()


class Interrupts(Observer):
    """Ctrl-C after so many events."""

    def __init__(self, after: int) -> None:
        self._after = after

    def on_event(self, event: Event) -> None:
        self._after -= 1
        if self._after == 0:
            raise KeyboardInterrupt


@dataclass
class Game:
    """One seed's schedule, played to its end."""

    seed: int
    job: str = ""
    told: list[str] = field(default_factory=list)
    """What happened, driver by driver."""
    seconds: float = 0.0
    """Virtual ones."""

    def __post_init__(self) -> None:
        self._dice = dice = Random(f"game {self.seed}")
        self.job = dice.choice(sorted(JOBS))
        self.rates = Rates.drawn(dice)
        self.slots = dice.choice([1, 2, 4, 4, None])
        self.can_cancel = dice.random() < 0.5
        self.limit = dice.choice([1, 2, 3, 4, 4, 4, 8])
        self.options: dict[str, Any] = {
            **SIZES,
            "max_attempts": self.limit,
            "task_timeout": dice.choice([60, 60, 600]) if self.rates.dropped else dice.choice([None, 15, 60]),
            "shuffle_layout": dice.choice(["files", "single"]),
            "backup_fraction": dice.choice([0.0, 0.5, 0.75]),
            "backup_factor": dice.choice([0, 2.0, 2.0]),
        }

    def play(self, quiet: Quiet) -> None:
        with (
            pytest.MonkeyPatch.context() as patch,
            Simulation(self.seed, self.rates, slots=self.slots, can_cancel=self.can_cancel) as simulation,
        ):
            patch.setattr(setup, "fingerprint", lambda _: "the same")  # which would take half of the time
            patch.setattr(resume, "is_alive", lambda _: False)  # the dead drivers were in this process
            self.simulation = simulation
            source = source_of(self.job)
            inputs = [simulation.write(f"in-{number}.txt", text) for number, text in enumerate(TEXT)]
            self.options["working_location"] = f"{simulation.location}/out"
            result = self._tries(source, inputs)
            self._check(quiet, result)
            simulation.world.settle()
            self.seconds = simulation.world.now
            self._check(quiet, result)

    def _tries(self, source: JobSource, inputs: list[str]) -> RunResult | None:
        """None when a driver died between the end and its last step."""
        dice, world = self._dice, self.simulation.world
        for number in range(TRIES + 1):
            last = number == TRIES
            dies_at = None if last else dice.choice([None, dice.randrange(40), dice.randrange(400)])
            watching = [Interrupts(dice.randrange(1, 60))] if not last and dice.random() < 0.2 else []
            if last:
                world.rates = Rates()
            before = len(world.submissions)
            try:
                result = self._run(source, inputs, watching, dies_at)
            except (DriverDied, KeyboardInterrupt) as error:
                self.told.append(f"{type(error).__name__} after {world.steps} steps")
            except RunError as error:
                assert not last, "nothing disturbed it"
                self._justify(error, before)
                self.told.append(str(error))
            else:
                self.told.append(f"ended after {world.steps} steps")
                self._check_attempts()
                return result
            self._check_attempts()
            if self._files(with_runs=False)[:1] == ["_SUCCESS"]:
                self.told.append("but it was done")
                return None
            world.let_pass(dice.choice([0.0, 1.0, 100.0]))
        raise AssertionError("the last driver had nothing to fear")

    def _run(
        self, source: JobSource, inputs: list[str], watching: Sequence[Observer], dies_at: int | None
    ) -> RunResult:
        try:
            return self.simulation.run(source, inputs, watching, dies_at=dies_at, **self.options, resume="latest")
        except ResumeError as error:
            if not str(error).startswith("there is no run to go on with"):
                raise
            # A zombie of a run that failed and left nothing may have written an output.
            self.options["overwrite"] = True
            return self.simulation.run(source, inputs, watching, dies_at=dies_at, **self.options)

    def _check_attempts(self) -> None:
        used = Counter(round_of(made.task) for made in self.simulation.world.submissions if counts(made))
        assert max(used.values(), default=0) <= self.limit

    def _justify(self, error: RunError, before: int) -> None:
        """Whether the schedule accounts for a failure."""
        world = self.simulation.world
        if isinstance(error.__cause__, ExecutorUnavailable):
            held = [made for made in world.submissions[before:] if made.fate.kind in ("dropped", "slow")]
            assert self.slots is not None
            assert len(held) >= self.slots
            assert not self.can_cancel
            return
        assert isinstance(error, TaskFailedError), error
        tried = [made for made in world.submissions[before:] if str(made.task.id) == error.task]
        if isinstance(error.__cause__, Throttled):
            assert world.now - tried[0].time > PATIENCE
            return
        last = round_of(tried[-1].task)
        tried = [made for made in tried if round_of(made.task) == last and counts(made)]
        assert len(tried) == self.limit, error
        assert all(made.fate.kind not in ("well", "twice") or self._may_be_late(made.time) for made in tried), error

    def _may_be_late(self, since: float) -> bool:
        """No attempt of ours takes longer than this by itself."""
        timeout = self.options["task_timeout"]
        return timeout is not None and self.simulation.world.now >= since + timeout

    def _check(self, quiet: Quiet, result: RunResult | None) -> None:
        assert self._files() == ["_SUCCESS", *sorted(f"output-{number}" for number in range(len(quiet.outputs)))]
        location = self.options["working_location"]
        assert [content(f"{location}/output-{number}") for number in range(len(quiet.outputs))] == quiet.outputs
        if result is not None:
            assert result.counters == quiet.counters

    def _files(self, *, with_runs: bool = False) -> list[str]:
        out = self.options["working_location"].removeprefix("faulty://")
        found = fsspec.filesystem("memory").find(f"/{out}") if fsspec.filesystem("memory").exists(f"/{out}") else []
        names = [path.removeprefix(f"/{out}/") for path in found]
        return sorted(name for name in names if name != REPORT and (with_runs or not name.startswith("_corral/")))


def round_of(task: Task) -> tuple[object, ...]:
    """What ``maxAttempts`` holds for: a task of a session, again when what it wrote was lost."""
    identity = task.id
    joins = isinstance(task, MapTask) and task.copies
    attempts = identity.attempt // ATTEMPTS_A_ROUND
    return identity.run, identity.session, identity.stage, identity.phase, identity.index, joins, attempts


def counts(made: Submission) -> bool:
    return made.fate.kind != "throttled"


def source_of(name: str) -> JobSource:
    ref = JobRef("module", f"simulated {name}")
    remember(ref, JOBS[name])
    return JobSource(JOBS[name], ref)


def play(seed: int, quiet: dict[str, Quiet]) -> Game:
    game = Game(seed)
    try:
        game.play(quiet[game.job])
    except BaseException as error:
        error.add_note(f"seed {seed}: {game.job}, {game.options}, {game.rates}, {game.told}")
        raise
    return game


@given(st.integers(0, 2**32))
def test_any_schedule_ends_right_or_for_a_reason(quiet: dict[str, Quiet], seed: int) -> None:
    play(seed, quiet)


@pytest.mark.slow
@pytest.mark.timeout(max(120, SEEDS))
def test_so_do_the_first_some_hundred(quiet: dict[str, Quiet]) -> None:
    for seed in range(SEEDS):
        play(seed, quiet)


def test_a_seed_is_the_same_schedule_each_time(quiet: dict[str, Quiet]) -> None:
    first, second = (play(8, quiet).simulation.world.submissions for _ in range(2))
    assert len(first) > 10
    assert [(at, str(task.id), fate) for at, task, fate in first] == [
        (at, str(task.id), fate) for at, task, fate in second
    ]


def _main(seed: int) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        quiet = quiet_runs(Path(folder))
    game = Game(seed)
    print(game.job, game.slots, game.can_cancel, game.options, game.rates)
    try:
        game.play(quiet[game.job])
    finally:
        for time, task, fate in game.simulation.world.submissions:
            print(f"{time:10.2f} {task.id.run[-6:]} {task.id} attempt {task.id.label} {fate}")
        print(*game.told, sep="\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]))
