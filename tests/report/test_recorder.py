from __future__ import annotations

import msgspec

from corral_core.errors import RunError
from corral_core.events import PhaseFinished, PhaseStarted, Step, TaskCut, TaskFinished, TaskStarted
from corral_core.report.api import Report, SessionRun, SetAside
from corral_core.tasks import Done, Stats
from tests.report.conftest import Made, decoded, made


def begun(session: int = 0) -> Made:
    run = Made(session=session)
    run.start()
    run.tell(PhaseStarted(0, "counting", "map", 3, 30, 0))
    return run


def test_a_report_has_every_attempt_with_its_times_and_figures() -> None:
    report = decoded(made(500))
    attempts = report.attempts
    assert {len(getattr(attempts, name)) for name in attempts.__struct_fields__} == {len(attempts.task)}
    won = [row for row, outcome in enumerate(attempts.outcome) if outcome == "won"]
    assert len(won) == 516
    assert all(0 <= began < ended for began, ended in zip(attempts.began, attempts.ended, strict=True))  # type: ignore[operator]  # (none is null)
    assert all(attempts.seconds[row] > 0 and attempts.requests[row] == 3 for row in won)
    assert report.requests == {"GET": 2 * 516 + 2 * late(report), "PUT": 516 + late(report)}
    maps = [row for row, phase in enumerate(attempts.phase) if phase == "map"]
    assert {report.files[attempts.file[row]] for row in maps} == {f"/in/{number}.txt" for number in range(10)}


def late(report: Report) -> int:
    return report.attempts.outcome.count("late")


def test_failures_name_the_rows_of_failed_attempts() -> None:
    report = decoded(made(2000))
    assert report.failures
    assert {report.attempts.outcome[failure.row] for failure in report.failures} == {"failed"}
    assert report.attempts.outcome.count("failed") == len(report.failures) + report.failures_left_out


def test_whatever_is_under_way_when_its_phase_ends_is_cancelled() -> None:
    run = begun()
    run.tell(TaskStarted(run.id("map", 1), backup=True))
    run.now += 2
    run.tell(PhaseFinished(0, "map", Stats()))
    run.now += 5
    run.tell(TaskFinished(run.id("map", 1), None, None, "cancelled"))
    attempts = decoded(run.report()).attempts
    assert (attempts.outcome, attempts.began, attempts.ended, attempts.backup) == (["cancelled"], [0.0], [2.0], [True])


def test_a_run_that_failed_says_what_ended_it() -> None:
    run = begun()
    run.tell(TaskStarted(run.id("map", 0)))
    run.now += 1.5
    report = decoded(run.report(RunError("no more"), outputs=[]))
    assert report.state == "failed"
    assert report.ending is not None
    assert (report.ending.error, report.ending.message) == ("RunError", "no more")
    assert report.phases[0].ended is None
    assert report.attempts.outcome == ["cancelled"]
    assert report.sessions[0].seconds == 1.5


def test_an_interrupt_is_no_failure() -> None:
    assert decoded(begun().report(KeyboardInterrupt(), outputs=[])).state == "interrupted"


def test_steps_and_cuts_have_their_time() -> None:
    run = begun()
    run.now += 1
    run.tell(Step("uploading to s3://me:key@store/x"))
    run.tell(TaskCut(run.id("map", 2), (3, 4)))
    report = decoded(run.report())
    assert [(step.at, step.text) for step in report.steps] == [(1.0, "uploading to s3://...@store/x")]
    assert [(cut.at, cut.task, cut.into) for cut in report.cuts] == [(1.0, 2, (3, 4))]


def test_a_session_that_goes_on_keeps_what_the_earlier_report_has() -> None:
    first = begun()
    first.tell(TaskStarted(first.id("map", 0)))
    first.tell(TaskFinished(first.id("map", 0), Done(first.id("map", 0), Stats(requests={"GET": 1}), {})))
    earlier = decoded(first.report(KeyboardInterrupt(), outputs=[]))
    second = Made(session=1)
    second.start()
    second.recorder.recall(1, earlier, [Done(first.id("map", 0), Stats(), {})])
    second.tell(PhaseStarted(0, "counting", "map", 3, 30, 1))
    second.tell(TaskStarted(second.id("map", 1)))
    second.tell(TaskFinished(second.id("map", 1), Done(second.id("map", 1), Stats(requests={"GET": 1}), {})))
    report = decoded(second.report())
    assert [(each.number, each.state) for each in report.sessions] == [(0, "interrupted"), (1, "finished")]
    assert (report.attempts.session, report.attempts.task) == ([0, 1], [0, 1])
    assert [phase.session for phase in report.phases] == [0, 1]
    assert report.requests == {"GET": 2}


def test_of_a_session_that_was_killed_its_answers_are_known_without_their_times() -> None:
    killed, second = begun(), Made(session=1)
    second.start()
    second.recorder.recall(1, None, [Done(killed.id("map", 0), Stats(records_in=7, seconds=0.5), {})])
    report = decoded(second.report())
    assert report.sessions[0] == SessionRun(0, "unknown")
    assert (report.attempts.records_in, report.attempts.seconds) == ([7], [0.5])
    assert report.attempts.began == [None]


def test_dead_letters_are_told() -> None:
    report = decoded(begun().report(dead_letters=SetAside("/out/_bad_records.jsonl", 3)))
    assert report.dead_letters == SetAside("/out/_bad_records.jsonl", 3)


def test_the_json_has_the_fields_of_the_schema_and_no_others() -> None:
    data = msgspec.json.decode(made(3))
    assert set(data) == set(Report.__struct_fields__)
