"""What whole runs leave as their report, and that no run depends on it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pydantic import SecretStr

from corral_core import Driver, Job, Sum, count
from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.engine.source import source_of
from corral_core.errors import BadRecordsError, OutputError, RunError, TaskFailedError
from corral_core.events import Event, Observer, RunFinished, Step, TaskFinished
from corral_core.report import store
from corral_core.report.api import Report
from corral_core.report.columns import AttemptLog
from corral_core.settings import load_settings
from corral_core.settings.fields import option, show

if TYPE_CHECKING:
    from collections.abc import Iterator


def words(_: str, line: str) -> Iterator[tuple[str, int]]:
    count("lines")
    if "boom" in line:
        raise ValueError("no such word")
    for word in line.split():
        yield word, 1


JOB = Job(words, Sum(), name="counting", reducers=2)
SMALL = {"split_size": 4, "map_bin_size": 4, "executor": "inline"}


class Listening(Observer):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    @property
    def steps(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Step)]

    @property
    def report(self) -> str:
        return next(event.report for event in self.events if isinstance(event, RunFinished))


class Place:
    """An input and a location."""

    def __init__(self, folder: Path) -> None:
        self.input, self.out = folder / "in.txt", folder / "out"
        self.input.write_text("a b\nc d\na b\n")
        self.heard = Listening()

    def run(self, *observers: Observer, job: Job = JOB, **options: Any) -> None:
        settings = load_settings({**SMALL, "working_location": str(self.out), **options})
        run(source_of(Driver(job)), [str(self.input)], settings, [*observers, self.heard])

    def report(self) -> Report:
        path = self.out / store.NAME
        return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Report)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class Stops(Observer):
    """Ends the driver after so many tasks."""

    def __init__(self, after: int, error: BaseException) -> None:
        self.left, self.error = after, error

    def on_event(self, event: Event) -> None:
        self.left -= isinstance(event, TaskFinished)
        if not self.left:
            raise self.error


def test_it_tells_what_ran_with_what_and_what_came_of_it(place: Place) -> None:
    place.run()
    report = place.report()
    assert (report.state, report.ending, report.executor) == ("finished", None, "inline")
    assert (report.files_in, report.bytes_in) == (1, 12)
    assert [(phase.phase, phase.name, phase.tasks) for phase in report.phases] == [
        ("map", "counting", 3),
        ("reduce", "counting", 2),
    ]
    assert report.attempts.outcome == ["won"] * 5
    assert sum(report.attempts.records_in[:3]) == 3
    assert list(zip(report.attempts.start[:3], report.attempts.end[:3], strict=True)) == [(0, 4), (4, 8), (8, 12)]
    assert [output.name for output in report.outputs] == ["output-0", "output-1"]
    assert sum(output.records for output in report.outputs) == 4
    assert report.counters == {"lines": 3}
    assert place.heard.report == str(place.out / store.NAME)


def test_a_run_that_failed_leaves_one_with_its_failures(place: Place) -> None:
    place.input.write_text("a b\nboom\n")
    with pytest.raises(TaskFailedError):
        place.run()
    report = place.report()
    assert report.state == "failed"
    assert report.ending is not None
    assert "no such word" in report.ending.message
    assert [(failure.error, failure.offset) for failure in report.failures] == [("ValueError", 4)] * 2
    assert "in words" in report.failures[0].traceback


def test_one_bad_record_too_many_is_a_failure_of_its_attempt(place: Place) -> None:
    place.input.write_text("boom\nboom\n")
    with pytest.raises(TaskFailedError):
        place.run(max_bad_records=1, split_size=100, map_bin_size=100)
    (failure,) = place.report().failures
    assert (failure.kind, failure.error) == ("limit", BadRecordsError.__name__)


def test_bad_records_that_are_set_aside_are_told(place: Place) -> None:
    place.input.write_text("a b\nboom\n")
    place.run(max_bad_records=1)
    told = place.report().dead_letters
    assert told is not None
    assert (Path(told.path).name, told.records) == ("_bad_records.jsonl", 1)


def test_an_interrupted_run_and_the_one_that_goes_on_are_two_sessions_of_one_report(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        place.run(Stops(2, KeyboardInterrupt()))
    first = place.report()
    assert (first.state, first.attempts.outcome[:2]) == ("interrupted", ["won", "won"])
    place.run(resume="latest")
    report = place.report()
    assert report.run == first.run
    assert [(each.number, each.state) for each in report.sessions] == [(0, "interrupted"), (1, "finished")]
    won = [row for row, outcome in enumerate(report.attempts.outcome) if outcome == "won"]
    assert [report.attempts.session[row] for row in won] == [0, 0, 1, 1, 1]
    assert all(report.attempts.began[row] is not None for row in won)


def test_of_a_killed_driver_the_next_tells_what_is_known(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        place.run(Stops(2, KeyboardInterrupt()))
    (place.out / store.NAME).unlink()
    place.run(resume="latest")
    report = place.report()
    assert report.sessions[0].state == "unknown"
    known = [row for row, session in enumerate(report.attempts.session) if session == 0]
    assert len(known) == 2
    assert all(report.attempts.began[row] is None and report.attempts.records_in[row] == 1 for row in known)


def test_a_damaged_or_another_run_s_report_is_not_gone_on_with(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        place.run(Stops(2, KeyboardInterrupt()))
    (place.out / store.NAME).write_bytes(b"no report")
    place.run(resume="latest")
    assert place.report().sessions[0].state == "unknown"


def test_a_report_that_cannot_be_written_costs_nothing_but_itself(place: Place) -> None:
    (place.out / store.NAME).mkdir(parents=True)
    (place.out / store.NAME / "in the way").touch()
    place.run()
    assert (place.out / "_SUCCESS").exists()
    assert place.heard.report == ""
    assert [step for step in place.heard.steps if step.startswith("no report of this run: ")]


def test_nor_does_one_that_cannot_be_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OverflowError("too large")

    monkeypatch.setattr(AttemptLog, "add", broken)
    place.run()
    assert (place.out / "_SUCCESS").exists()
    assert place.heard.steps == ["finishing", "no report of this run: too large"]


def test_without_a_report_that_of_an_earlier_run_goes(place: Place) -> None:
    place.run()
    place.run(overwrite=True, report=False)
    assert not (place.out / store.NAME).exists()
    assert place.heard.events[-1].report == ""  # type: ignore[union-attr]  # (the last is RunFinished)


def test_a_report_is_no_input_and_not_in_the_way_of_a_run(place: Place) -> None:
    place.input.write_text("boom\n")
    with pytest.raises(TaskFailedError):
        place.run(cleanup=True)
    place.input.write_text("a\n")
    place.run()
    assert place.report().state == "finished"


def test_one_that_is_an_input_too_is_not_replaced(place: Place) -> None:
    place.run()
    settings = load_settings({**SMALL, "working_location": str(place.out), "overwrite": True})
    with pytest.raises(OutputError, match="is an input too"):
        run(source_of(Driver(JOB)), [str(place.out / store.NAME)], settings)


def test_settings_are_told_with_their_origins_and_secrets_are_not(place: Place) -> None:
    place.run(split_size="5")
    found = {setting.name: setting for setting in place.report().settings}
    assert (found["splitSize"].origin, found["splitSize"].default) == ("option split_size in code", False)
    assert (found["maxAttempts"].value, found["maxAttempts"].default) == ("4", True)
    field: Any = option(None, "A key.")
    field.annotation = SecretStr
    assert "key" not in show(field, SecretStr("key"))


def test_a_driver_that_was_overtaken_leaves_the_report_to_the_other(place: Place) -> None:
    class TakesUp(Observer):
        def on_event(self, event: Event) -> None:
            if isinstance(event, TaskFinished):
                for path in place.out.glob("_corral/*/session-0.json"):
                    path.with_name("session-1.json").write_bytes(path.read_bytes())

    with pytest.raises(RunError, match="was taken up by another driver"):
        place.run(TakesUp())
    assert not (place.out / store.NAME).exists()


def test_nothing_is_reported_of_a_run_that_never_began(place: Place) -> None:
    place.out.mkdir()
    (place.out / "output-0").touch()
    with pytest.raises(OutputError, match="outputs are there already"):
        place.run()
    assert [path.name for path in place.out.iterdir()] == ["output-0"]


def test_a_file_s_job_is_reported_like_any_other(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text("from corral_core import Job, Sum\njob = Job(lambda k, v: [(v, 1)], Sum())\n")
    run(load_job("job.py"), [str(place.input)], load_settings({**SMALL, "working_location": str(place.out)}))
    assert place.report().versions.corral
