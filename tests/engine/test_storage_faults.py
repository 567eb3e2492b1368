"""Runs over a store that fails, breaks off, loses the ends of files, or raises after it has written: the answer is
right, or there is an error for it, and the run can be gone on with once the store has come round.

As in ``test_simulation.py``, a schedule is made from a seed, which a failing test prints.
"""

from __future__ import annotations

import json
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import Driver, Job, Sum
from corral_core.engine import resume, setup
from corral_core.engine.folder import RunFolder, Session
from corral_core.engine.journal import Claimed, Journal, read_journal
from corral_core.errors import CorralError, ResumeError, RunError
from corral_core.testing.fates import Rates
from corral_core.testing.faulty import FaultyStorage, StorageFaults, faulty
from corral_core.testing.simulation import Simulation
from tests.engine.test_simulation import JOBS, SEEDS, SIZES, TEXT, Quiet, content, quiet, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.engine.result import RunResult
    from corral_core.testing.faulty import Operation, Strike
    from corral_core.testing.world import World

__all__ = ["quiet"]

TROUBLES = ("fails", "fails_late", "cut_reads", "cut_writes")


@pytest.fixture(autouse=True)
def _same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "fingerprint", lambda _: "the same")  # which would take half of the time
    monkeypatch.setattr(resume, "is_alive", lambda _: False)  # the failed drivers were in this process


class Trial:
    """A job over a store that has troubles until it has none."""

    def __init__(self, seed: int) -> None:
        self._dice = dice = Random(f"faults {seed}")
        self.job = dice.choice(sorted(JOBS))
        self.troubles = {name: dice.choice([0.0, 0.01, 0.03, 0.1]) for name in TROUBLES}
        executor = dice.choice(["inline", "inline", "simulated"])
        rates = Rates(lost=0.03, killed=0.05, late=0.05, out_of_memory=0.1) if executor == "simulated" else Rates()
        self.simulation = Simulation(seed, rates, slots=dice.choice([1, 4]))
        self.options: dict[str, Any] = {
            **SIZES,
            "executor": executor,
            "shuffle_layout": dice.choice(["files", "single"]),
        }
        self.told: list[str] = []

    def play(self, quiet: Quiet) -> None:
        with self.simulation as simulation:
            self.options["working_location"] = f"{simulation.location}/out"
            self._inputs = [simulation.write(f"in-{number}.txt", text) for number, text in enumerate(TEXT)]
            self._troubled(simulation.world, quiet)
            simulation.world.settle()
            self._check(quiet, None)

    def _troubled(self, world: World, quiet: Quiet) -> None:
        for name, share in self.troubles.items():
            setattr(world, name, share)
        for _ in range(3):
            result = self._tried(quiet)
            if result is not None:
                return
        for name in TROUBLES:
            setattr(world, name, 0.0)
        world.rates = Rates()
        self._end(quiet)

    def _tried(self, quiet: Quiet) -> RunResult | None:
        """None for a failure, for which there was a reason."""
        struck = self.simulation.world.struck
        before = len(struck)
        try:
            result = self._run()
        except CorralError as error:
            self.told.append(f"{type(error).__name__}: {error}")
            result = None
        else:
            self._check(quiet, result)
        disturbed = len(struck) > before or self.options["executor"] == "simulated"
        assert result or disturbed or "outputs are there already" in self.told[-1], self.told
        if result is None and self._is_whole():
            self._check(quiet, None)
        return result

    def _end(self, quiet: Quiet) -> None:
        """With a store that has come round."""
        resumed = True
        try:
            result = self._run(resume="latest")
        except CorralError as error:
            self.told.append(f"{type(error).__name__}: {error}")
            resumed, result = False, self._run(overwrite=True)
        # What a resumed run needs may be lost for good; nothing else is in its way.
        lost = any(strike == "cut" for call, _, strike in self.simulation.world.struck if call == "create")
        assert lost or resumed or "there is no run to go on with" in self.told[-1], self.told
        self._check(quiet, result)

    def _run(self, **options: Any) -> RunResult:
        return self.simulation.run(source_of(self.job), self._inputs, **{**self.options, **options})

    def _is_whole(self) -> bool:
        with suppress(FileNotFoundError):
            return bool(content(f"{self.options['working_location']}/_SUCCESS"))
        return False

    def _check(self, quiet: Quiet, result: RunResult | None) -> None:
        location = self.options["working_location"]
        assert [content(f"{location}/output-{number}") for number in range(len(quiet.outputs))] == quiet.outputs
        manifest = json.loads(content(f"{location}/_SUCCESS"))
        assert manifest["counters"] == quiet.counters
        assert [part["size"] for part in manifest["parts"]] == [len(output) for output in quiet.outputs]
        if result is not None:
            assert result.counters == quiet.counters


def play(seed: int, quiet: dict[str, Quiet]) -> Trial:
    trial = Trial(seed)
    try:
        trial.play(quiet[trial.job])
    except BaseException as error:
        strikes = trial.simulation.world.struck
        error.add_note(f"seed {seed}: {trial.job}, {trial.options}, {trial.troubles}, {trial.told}, {strikes}")
        raise
    return trial


@given(st.integers(0, 2**32))
def test_a_failing_store_costs_time_or_the_run_but_never_records(quiet: dict[str, Quiet], seed: int) -> None:
    play(seed, quiet)


@pytest.mark.slow
@pytest.mark.timeout(max(120, SEEDS))
def test_so_with_the_first_some_hundred_seeds(quiet: dict[str, Quiet]) -> None:
    for seed in range(SEEDS):
        play(seed, quiet)


class Chosen(StorageFaults):
    """Calls to a path that has this in it are struck: so many, after the first so many."""

    def __init__(self, operation: Operation, path: str, strike: Strike, times: int = 1, spared: int = 0) -> None:
        super().__init__()
        self._chosen, self._path, self._strike = operation, path, strike
        self._struck = [False] * spared + [True] * times

    def strike(self, operation: Operation, path: str) -> Strike | None:
        chosen = operation == self._chosen and self._path in path and self._struck
        return self._strike if chosen and chosen.pop(0) else None


def word(_: str, line: str) -> Iterator[tuple[str, int]]:
    yield line, 1


JOB = Job(word, Sum(), reducers=1)


def ran(location: str, text: bytes, **options: Any) -> RunResult:
    with FaultyStorage().create(f"{location}/in.txt") as stream:
        stream.write(text)
    return Driver(JOB, executor="inline", working_location=f"{location}/out", **options).run(f"{location}/in.txt")


@pytest.mark.parametrize("kept", range(12))
def test_a_line_that_ends_behind_its_split_is_whole(kept: int) -> None:
    """The first split ends at byte 7, its last line at byte 11. The store breaks off without an error, in the split or
    behind it, and the task is run again. The driver has opened the file before."""

    class EndsEarly(Chosen):
        def part(self, size: int) -> int:
            return kept

    with faulty("line", EndsEarly("open", "in.txt", "cut", spared=1)) as location:
        answer = dict(ran(location, b"one\nlonger\n" * 3, split_size=7, map_bin_size=7))
    assert answer == {"longer": "3", "one": "3"}


def test_outputs_are_not_written_before_it_is_written_down_whose_they_are() -> None:
    with faulty("claim", Chosen("create", "journal", "before", 99)) as location:
        with pytest.raises(RunError, match="failed while the run worked there"):
            ran(location, b"x\n")
        assert FaultyStorage().list(f"{location}/out") == []


@pytest.mark.parametrize("strike", ["before", "after", "cut"])
@pytest.mark.parametrize("name", ["_SUCCESS", "output-0", "map-0"])
def test_a_file_that_was_not_written_or_not_whole_is_written_again(name: str, strike: Strike) -> None:
    with faulty("again", Chosen("create", name, strike)) as location:
        assert dict(ran(location, b"x\n", shuffle_layout="single")) == {"x": "1"}
        assert json.loads(content(f"{location}/out/_SUCCESS"))["counters"] == {}


def test_what_another_run_left_damaged_is_no_concern_of_a_good_one() -> None:
    with faulty("other", StorageFaults()) as location:
        other = RunFolder(FaultyStorage(), f"{location}/out", "20260101-000000-000000")
        other.enter(Session.of_this_process(0, "inline"))
        other.put("run.json", b"{")
        other.put("end-0.json", b"{")
        assert dict(ran(location, b"x\n")) == {"x": "1"}


def test_a_journal_without_its_end_is_refused() -> None:
    """It may lack entries, and the pieces of a cut that nobody knows of would be taken for others."""
    folder = "faulty://journal/run"
    with faulty("journal", StorageFaults()):
        journal = Journal(FaultyStorage(), folder, session=0, began=0.0)
        journal.add(Claimed())
        journal.flush(0.0)
        path = f"{folder}/journal/0-000000"
        assert list(read_journal(FaultyStorage(), folder)) == [Claimed()]
        whole = content(path)
        for end in range(len(whole)):
            with FaultyStorage().create(path) as stream:
                stream.write(whole[:end])
            with pytest.raises(ResumeError, match="journal/0-000000 is damaged"):
                list(read_journal(FaultyStorage(), folder))
