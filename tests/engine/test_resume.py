"""Runs whose driver went away at any moment, gone on with here or elsewhere: the answer is an undisturbed run's."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.engine import journal
from corral_core.engine import run as engine_run
from corral_core.engine.census import census
from corral_core.engine.commit import Location
from corral_core.engine.folder import RunFolder, Session
from corral_core.engine.loading import load_job
from corral_core.errors import OutputError, ResumeError, RunError, TaskFailedError, UsageError
from corral_core.events import (
    Event,
    Observer,
    PhaseStarted,
    RunFinished,
    RunStarted,
    TaskCut,
    TaskFinished,
    TaskStarted,
)
from corral_core.executors.inline import InlineExecutor
from corral_core.report.store import NAME as REPORT
from corral_core.settings import load_settings
from corral_core.storage.resolve import storage_for
from corral_core.tasks import MapTask, decode_task
from tests.engine.conftest import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.engine.result import RunResult

JOB = """
import os
from corral_core import Job, count
from {helper} import words

class AtMost:
    # Stands for a mapper that needs too much memory for more than so many records.
    def __init__(self, most):
        self.most, self.seen = most, 0

    def map(self, key, value, emitter):
        self.seen += 1
        if self.seen > self.most:
            raise MemoryError
        emitter.count("rows")
        for word in words(value):
            emitter.emit(word, 1)

def adding(key, values):
    if os.path.exists("{folder}/broken"):
        raise ValueError("broken")
    count("keys")
    yield key, sum(values)

def lengths(key, value):
    yield len(key), value

one = Job(AtMost(99), adding, reducers=3)
two = [Job(AtMost(99), adding, reducers=3, name="first"), Job(lengths, adding, reducers=2, name="second")]
lines = Job(AtMost(99))
cut = Job(AtMost(4), adding, reducers=2)
cut_lines = Job(AtMost(4))
cut_then_lines = [Job(AtMost(4), name="first"), Job(lengths, name="second")]
"""
NAMES = ["one", "two", "lines", "cut", "cut_lines", "cut_then_lines"]
WORDS = [b"".join(b"w%d x%d all\n" % (n % 7, n) for n in range(start, start + 5)) for start in (0, 5, 10)]
EACH = {"map_bin_size": 60}


class Stop(Observer):
    """Interrupts the driver after so many finished tasks.

    :param before: is called just then.
    """

    def __init__(self, after: int, before: Callable[[], None] = lambda: None) -> None:
        self._left, self._before = after, before
        self.events: list[Event] = []

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, TaskFinished) and event.outcome == "won":
            self._left -= 1
            if not self._left:
                self._before()
                raise KeyboardInterrupt

    @property
    def started(self) -> list[Any]:
        return [event.id for event in self.events if isinstance(event, TaskStarted)]

    @property
    def cuts(self) -> list[Event]:
        return [event for event in self.events if isinstance(event, TaskCut)]

    @property
    def won(self) -> int:
        return sum(isinstance(event, TaskFinished) and event.outcome == "won" for event in self.events)


class Seeing(Observer):
    """Does something with every event."""

    def __init__(self, act: Callable[[Event], None]) -> None:
        self._act = act

    def on_event(self, event: Event) -> None:
        self._act(event)


class Place:
    """A job's files, its inputs, and where it works."""

    def __init__(self, folder: Path, name: str = "one") -> None:
        self.folder, self.name = folder, name
        self.out = folder / "out"
        # A module that is imported once must not be that of another test.
        self.helper = folder / f"helper_{abs(hash(folder)):x}.py"
        self.helper.write_text("def words(value):\n    return value.split()\n")
        self.job = folder / "job.py"
        self.job.write_text(JOB.format(helper=self.helper.stem, folder=folder))
        self.inputs = [folder / f"in-{n}.txt" for n in range(len(WORDS))]
        for path, data in zip(self.inputs, WORDS, strict=True):
            path.write_bytes(data)

    def run(self, *observers: Observer, out: Path | None = None, executor: str = "inline", **options: Any) -> RunResult:
        options = {**EACH, "executor": executor, "working_location": str(out or self.out), **options}
        source = load_job(f"{self.job}:{self.name}")
        clock = Timeline() if executor == "inline" else None
        return engine_run.run(
            source, list(map(str, self.inputs)), load_settings(options=options), observers, clock=clock
        )

    def interrupt(self, after: int, **options: Any) -> str:
        """Stop a run after so many finished tasks; answers its id."""
        with pytest.raises(KeyboardInterrupt):
            self.run(Stop(after), **options)
        return self.runs()[-1]

    def kill(self, after: int, **options: Any) -> None:
        """Leave what a driver leaves that is killed after so many finished tasks: a copy of just then."""
        copy = self.folder / "copy"
        with pytest.raises(KeyboardInterrupt):
            self.run(Stop(after, lambda: void(shutil.copytree(self.out, copy))), **options)
        shutil.rmtree(self.out)
        copy.rename(self.out)
        self.bury()

    def bury(self) -> None:
        """Let the drivers of all sessions be gone."""
        for path in self.out.glob("_corral/*/session-*.json"):
            path.write_text(json.dumps(json.loads(path.read_text()) | {"started": "1"}))

    def runs(self) -> list[str]:
        return Location(storage_for(str(self.out)), str(self.out)).runs()

    def left(self) -> list[str]:
        """But for the report, which every session leaves."""
        return sorted(path.name for path in self.out.iterdir() if path.name != REPORT)


def void(_: object) -> None:
    """An answer that nobody wants."""


def told(result: RunResult) -> tuple[list[bytes], dict[str, int], tuple[int, ...]]:
    """The outputs' bytes, and what is counted."""
    stats = result.stats
    outputs = [Path(output.path).read_bytes() for output in result.outputs]
    return outputs, result.counters, (stats.records_in, stats.bytes_in, stats.records_out, stats.bytes_out)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def prefixes(place: Place) -> tuple[Any, int]:
    """What an undisturbed run gives, and how many tasks it has."""
    watching = Stop(0)
    return told(place.run(watching, out=place.folder / "undisturbed")), watching.won


@pytest.mark.parametrize("way", ["interrupted", "killed", "killed, all written"])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_ends_at_any_moment_is_gone_on_with_to_the_same_answer(
    tmp_path: Path, name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, name)
    undisturbed, tasks = prefixes(place)
    if way == "killed, all written":
        monkeypatch.setattr(journal, "_LEAST", 0.0)
    for after in range(1, tasks):
        if way == "interrupted":
            place.interrupt(after)
        else:
            place.kill(after)
        watching = Stop(0)
        assert told(place.run(watching, resume="latest")) == undisturbed, after
        # What the journal held back at that moment is done again.
        assert 0 <= watching.won - (tasks - after) <= {"interrupted": 0, "killed": after}.get(way, 1)
        assert place.left() == ["_SUCCESS", *(f"output-{n}" for n in range(len(undisturbed[0])))]
        shutil.rmtree(place.out)


@pytest.mark.parametrize("name", ["one", "cut_lines"])
def test_a_run_is_gone_on_with_as_often_as_it_ends(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path, name)
    undisturbed, tasks = prefixes(place)
    place.interrupt(1)
    for _ in range(tasks - 2):
        with pytest.raises(KeyboardInterrupt):
            place.run(Stop(1), resume="latest")
    assert told(place.run(resume="latest")) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(("first", "then"), [("inline", "local-process"), ("local-process", "inline")])
@pytest.mark.parametrize("name", ["two", "cut_lines"])
@pytest.mark.parametrize("after", [1, 4])
def test_a_run_is_gone_on_with_on_another_executor(
    tmp_path: Path, name: str, after: int, first: str, then: str
) -> None:
    """Without sizes asked for: its input stays cut for the slots of the first."""
    place = Place(tmp_path, name)
    undisturbed, _ = prefixes(place)
    place.interrupt(after, executor=first)
    ended = place.run(executor=then, resume="latest")
    assert ended.executor == then
    assert told(ended) == undisturbed
    assert place.left() == ["_SUCCESS", *(f"output-{n}" for n in range(len(undisturbed[0])))]


def test_attempts_of_a_session_have_names_of_their_own(place: Place) -> None:
    place.interrupt(1)
    watching = Stop(0)
    place.run(watching, resume="latest")
    assert {identity.session for identity in watching.started} == {1}


def test_observers_hear_what_was_done_before(place: Place) -> None:
    place.interrupt(2)
    watching = Stop(0)
    place.run(watching, resume="latest")
    mapping = next(event for event in watching.events if isinstance(event, PhaseStarted))
    assert (mapping.tasks, mapping.done) == (3, 2)
    assert mapping.bytes == len(WORDS[2])


def test_what_was_cut_before_counts_as_its_pieces(tmp_path: Path) -> None:
    place = Place(tmp_path, "cut")
    watching = Stop(4)
    with pytest.raises(KeyboardInterrupt):
        place.run(watching)
    resumed = Stop(0)
    place.run(resumed, resume="latest")
    mapping = next(event for event in resumed.events if isinstance(event, PhaseStarted))
    assert (mapping.tasks, mapping.done) == (3 + len(watching.cuts), 4)


def test_an_interrupt_tells_how_much_was_kept(place: Place) -> None:
    watching = Stop(2)
    with pytest.raises(KeyboardInterrupt):
        place.run(watching)
    finished = watching.events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.kept == 2


def test_a_run_is_chosen_by_its_id(place: Place) -> None:
    first = place.interrupt(1)
    place.interrupt(2, reducers=None)
    assert place.run(resume=first).run == first


# What is refused


def refused(place: Place, **options: Any) -> str:
    """Why a run can't be gone on with; nothing has been touched."""
    before = {path: path.read_bytes() for path in place.out.rglob("*") if path.is_file()}
    with pytest.raises(ResumeError) as caught:
        place.run(**{"resume": "latest", **options})
    assert isinstance(caught.value, UsageError)
    assert caught.value.exit_code == 2
    assert {path: path.read_bytes() for path in place.out.rglob("*") if path.is_file()} == before
    return str(caught.value)


def test_nothing_to_go_on_with_is_refused(place: Place) -> None:
    assert "there is no run to go on with in" in refused(place)
    run = place.interrupt(1)
    assert f"there is no run no-such in {place.out}; runs there: {run}" in refused(place, resume="no-such")


def test_a_finished_run_leaves_nothing_to_go_on_with(place: Place) -> None:
    place.run()
    assert "there is no run to go on with" in refused(place)


@pytest.mark.parametrize("file", ["job", "helper"])
def test_other_code_is_refused_the_job_s_own_or_a_module_s(place: Place, file: str) -> None:
    place.interrupt(1)
    path: Path = getattr(place, file)
    path.write_text(path.read_text() + "\n# another thought\n")
    assert "since the job's code has changed: put that back, or start anew" in refused(place)


def test_another_job_of_the_same_file_is_refused(place: Place) -> None:
    place.interrupt(1)
    place.name = "two"
    message = refused(place)
    assert "the job's code has changed" in message
    assert "its stages were AtMost and are first, second" in message


def touch(place: Place) -> None:
    os.utime(place.inputs[1], ns=(1, 1))


def grow(place: Place) -> None:
    place.inputs[1].write_bytes(WORDS[1] + b"more\n")


def add(place: Place) -> None:
    place.inputs.append(place.folder / "in-9.txt")
    place.inputs[-1].write_bytes(b"more\n")


def leave_out(place: Place) -> None:
    place.inputs.pop(1)


def reorder(place: Place) -> None:
    place.inputs.reverse()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (touch, "input {}/in-1.txt has changed"),
        (grow, "input {}/in-1.txt has changed"),
        (add, "input {}/in-9.txt is new"),
        (leave_out, "input {}/in-1.txt is gone"),
        (reorder, "the inputs come in another order"),
    ],
)
def test_other_inputs_are_refused(place: Place, change: Callable[[Place], None], said: str) -> None:
    place.interrupt(1)
    change(place)
    assert said.format(place.folder) in refused(place)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"input_format": "kv"}, "inputFormat was text and is kv"),
        ({"encoding": "latin-1"}, "encoding was utf-8 and is latin-1"),
        ({"split_size": 7}, "splitSize was 100 MiB by default and is 7 B"),
        ({"map_bin_size": 7}, "mapBinSize was 60 B and is 7 B"),
        ({"max_record_size": 7}, "maxRecordSize was 64 MiB and is 7 B"),
        ({"output_format": "jsonl"}, "outputFormat was text and is jsonl"),
        ({"reducers": 7}, "reducers was none and is 7"),
        ({"reduce_bin_size": 7}, "reduceBinSize was 512 MiB by default and is 7 B"),
        ({"shuffle_layout": "single"}, "shuffleLayout was auto and is single"),
    ],
)
def test_other_settings_that_matter_are_refused(place: Place, options: dict[str, Any], said: str) -> None:
    place.interrupt(1)
    assert said in refused(place, **options)


def test_a_size_that_happens_to_be_the_default_s_is_another_cut(tmp_path: Path) -> None:
    """Two slots make two tasks of an input, a bin size of 512 MiB makes one: its half would pass for the whole."""
    place = Place(tmp_path)
    place.interrupt(1)
    assert "splitSize was 100 MiB by default and is 100 MiB" in refused(place, split_size="100MiB")


def test_another_version_of_corral_is_refused(place: Place) -> None:
    run = place.interrupt(1)
    record = place.out / "_corral" / run / "run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"corral": "0.0.1"}))
    assert f"run {run} was begun by corral 0.0.1 and this is " in refused(place)


@pytest.mark.parametrize("name", ["run.json", "session-0.json", "end-0.json", "journal/0-000000"])
def test_a_damaged_folder_is_refused_with_what_to_do(place: Place, name: str) -> None:
    run = place.interrupt(1)
    (place.out / "_corral" / run / name).write_bytes(b"\x00\xff")
    assert "damaged" in (message := refused(place))
    assert "remove the run with corral clean and start anew" in message


def test_a_folder_without_its_record_is_refused_with_what_to_do(place: Place) -> None:
    run = place.interrupt(1)
    (place.out / "_corral" / run / "run.json").unlink()
    assert f"{run}/run.json: no such file or directory; remove it with corral clean" in refused(place)


def test_a_run_that_is_under_way_is_refused(place: Place) -> None:
    """Its driver has not said that it ended, and its process, this one, is there."""
    run = place.interrupt(1)
    (place.out / "_corral" / run / "end-0.json").unlink()
    assert f"run {run} is at work in process {os.getpid()}: let it go on, or end it first" in refused(place)
    assert [found.state for found in census(location(place))] == ["running"]


def test_a_run_that_ended_is_not_under_way_though_its_process_is(place: Place) -> None:
    """As in a notebook."""
    place.interrupt(1)
    assert [found.state for found in census(location(place))] == ["interrupted"]


def location(place: Place) -> Location:
    return Location(storage_for(str(place.out)), str(place.out))


# Two drivers


class TakingUp(Observer):
    """Another driver takes the run up at some event."""

    def __init__(self, place: Place, when: Callable[[Event], bool]) -> None:
        self._place, self._when = place, when

    def on_event(self, event: Event) -> None:
        if self._when(event):
            folder = RunFolder(storage_for(str(self._place.out)), str(self._place.out), self._place.runs()[-1])
            folder.enter(Session.of_this_process(len(folder.sessions()), "inline"))


def contents(place: Place) -> dict[str, bytes]:
    return {str(path.relative_to(place.out)): path.read_bytes() for path in place.out.rglob("*") if path.is_file()}


@pytest.mark.parametrize("after", [1, 4])
def test_of_two_drivers_that_take_a_run_up_at_once_one_leaves_it_alone(place: Place, after: int) -> None:
    place.interrupt(after)
    before = contents(place)
    with pytest.raises(ResumeError, match="has just been taken up by another driver: let it go on"):
        place.run(TakingUp(place, lambda event: isinstance(event, RunStarted)), resume="latest")
    now = contents(place)
    assert {name: now[name] for name in before} == before
    assert [name.rpartition("/")[2] for name in now.keys() - before.keys()] == ["session-1.json"]


def test_a_driver_that_was_thought_dead_does_not_end_the_run_of_its_successor(place: Place) -> None:
    def last(event: Event) -> bool:
        return isinstance(event, PhaseStarted) and event.phase == "reduce"

    with pytest.raises(RunError, match="was taken up by another driver meanwhile: let that one end it"):
        place.run(TakingUp(place, last))
    assert not (place.out / "_SUCCESS").exists()
    place.bury()
    assert told(place.run(resume="latest")) == prefixes(place)[0]


def test_a_driver_that_was_thought_dead_and_fails_removes_nothing_of_its_successor_s(place: Place) -> None:
    def last(event: Event) -> bool:
        return isinstance(event, PhaseStarted) and event.phase == "reduce"

    (place.folder / "broken").touch()
    with pytest.raises(TaskFailedError, match="broken"):
        place.run(TakingUp(place, last))
    (place.folder / "broken").unlink()
    place.bury()
    assert told(place.run(resume="latest")) == prefixes(place)[0]


# What stays, and what is in the way


def test_nothing_done_leaves_nothing(place: Place) -> None:
    class AtOnce(Observer):
        def on_event(self, event: Event) -> None:
            if isinstance(event, TaskStarted):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.run(AtOnce())
    assert place.left() == []


@pytest.mark.parametrize("resumed", [False, True])
def test_a_reducer_at_fault_leaves_nothing_since_its_code_will_change(place: Place, *, resumed: bool) -> None:
    if resumed:
        place.interrupt(4)
        assert "output-0" in place.left()
    (place.folder / "broken").touch()
    with pytest.raises(TaskFailedError, match=r"stage 0 reduce . failed 2 times"):
        place.run(resume="latest" if resumed else None)
    assert place.left() == []


def test_outputs_of_an_unfinished_run_are_in_the_way_of_another_which_is_told_of_it(place: Place) -> None:
    run = place.interrupt(4)
    with pytest.raises(OutputError, match=f"outputs are there already.* go on with run {run} by --resume, or replace"):
        place.run()


def test_overwriting_begins_anew_and_removes_what_an_unfinished_run_left(place: Place) -> None:
    undisturbed, _ = prefixes(place)
    place.interrupt(4)
    assert told(place.run(overwrite=True)) == undisturbed
    assert place.left() == ["_SUCCESS", "output-0", "output-1", "output-2"]


@pytest.mark.parametrize("after", [1, 4, 5])
def test_overwriting_and_going_on_keeps_the_outputs_that_are_the_run_s_own(place: Place, after: int) -> None:
    undisturbed, tasks = prefixes(place)
    place.out.mkdir()
    for name in ("output-0", "output-9", "_SUCCESS"):
        (place.out / name).write_bytes(b"old")
    place.interrupt(after, overwrite=True)
    watching = Stop(0)
    assert told(place.run(watching, resume="latest", overwrite=True)) == undisturbed
    assert watching.won == tasks - after
    assert place.left() == ["_SUCCESS", "output-0", "output-1", "output-2"]


def test_outputs_of_an_earlier_run_are_in_the_way_of_one_that_goes_on_before_it_owns_any(place: Place) -> None:
    place.interrupt(1)
    (place.out / "output-0").write_bytes(b"old")
    with pytest.raises(OutputError, match="outputs are there already"):
        place.run(resume="latest")
    assert (place.out / "output-0").read_bytes() == b"old"


@pytest.mark.parametrize("harm", [b"", b"short\n"], ids=["empty", "cut"])
def test_an_output_that_was_harmed_between_two_sessions_is_written_again(place: Place, harm: bytes) -> None:
    undisturbed, _ = prefixes(place)
    place.interrupt(5)
    (place.out / "output-0").write_bytes(harm)
    (place.out / "output-1").unlink()
    assert told(place.run(resume="latest")) == undisturbed


@pytest.mark.parametrize("name", ["two", "cut_then_lines"])
def test_a_later_stage_is_cut_as_it_was_although_its_input_was_made_of_pieces(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a task that is done would stand for another."""
    place = Place(tmp_path, name)
    sent: dict[tuple[int, int], set[Any]] = {}
    submit = InlineExecutor.submit

    def submitting(self: InlineExecutor, payload: bytes) -> Any:
        task = decode_task(payload)
        if isinstance(task, MapTask) and task.id.stage:
            sent.setdefault((task.id.stage, task.id.index), set()).add(task.splits)
        return submit(self, payload)

    monkeypatch.setattr(InlineExecutor, "submit", submitting)
    _, tasks = prefixes(place)
    sent.clear()
    place.interrupt(tasks - 2)
    whole = {key: set(splits) for key, splits in sent.items()}
    place.run(resume="latest")
    assert whole
    assert {key: sent[key] for key in whole} == whole


@pytest.mark.parametrize("name", ["two", "cut_then_lines"])
def test_records_that_were_lost_between_two_stages_are_made_again_by_the_next_session(
    tmp_path: Path, name: str
) -> None:
    place = Place(tmp_path, name)
    undisturbed, tasks = prefixes(place)
    run = place.interrupt(tasks - 1)
    parts = sorted((place.out / "_corral" / run / "stage-0").glob("part-*"))
    parts[0].write_bytes(parts[0].read_bytes()[:-2])
    parts[1].unlink()
    with pytest.raises(KeyboardInterrupt):
        place.run(Stop(3), resume="latest")
    assert told(place.run(resume="latest")) == undisturbed


def test_records_that_are_lost_while_the_next_stage_reads_them_fail_the_run_which_can_be_gone_on_with(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, "two")
    undisturbed, _ = prefixes(place)
    lost: list[Path] = []

    def lose(event: Event) -> None:
        if isinstance(event, PhaseStarted) and event.stage == 1 and not lost:
            lost.append(min(place.out.glob("_corral/*/stage-0/part-*")))
            lost[0].write_bytes(b"")

    with pytest.raises(TaskFailedError, match=r"stage-0/part-\S+ changed while the job ran"):
        place.run(Seeing(lose))
    assert told(place.run(resume="latest")) == undisturbed


@pytest.mark.parametrize("after", [2, 4])
def test_a_segment_that_was_lost_between_two_sessions_is_made_again(place: Place, after: int) -> None:
    undisturbed, _ = prefixes(place)
    run = place.interrupt(after)
    for path in (place.out / "_corral" / run / "stage-0").glob("map-bin*-0.*"):
        path.unlink()
    assert told(place.run(resume="latest")) == undisturbed


def test_outputs_that_another_run_has_replaced_meanwhile_are_not_believed(place: Place) -> None:
    """They are as long as the run's own were, and of other bytes."""
    undisturbed, _ = prefixes(place)
    run = place.interrupt(5)
    kept = place.folder / "kept"
    shutil.copytree(place.out / "_corral", kept)
    for path, data in zip(place.inputs, WORDS, strict=True):
        stamp = path.stat().st_mtime_ns
        path.write_bytes(data.replace(b"all", b"ALL"))
        os.utime(path, ns=(stamp, stamp))
    assert told(place.run(overwrite=True)) != undisturbed
    for path, data in zip(place.inputs, WORDS, strict=True):
        stamp = path.stat().st_mtime_ns
        path.write_bytes(data)
        os.utime(path, ns=(stamp, stamp))
    kept.rename(place.out / "_corral")
    with pytest.raises(OutputError, match="outputs are there already"):
        place.run(resume=run)
    assert told(place.run(resume=run, overwrite=True)) == undisturbed


def test_without_clean_up_what_a_run_left_stays_beside_its_answer(place: Place) -> None:
    undisturbed, _ = prefixes(place)
    run = place.interrupt(2, cleanup=False)
    assert told(place.run(resume="latest", cleanup=False)) == undisturbed
    assert place.runs() == [run]
    assert [found.state for found in census(location(place))] == ["finished"]
