"""What an attempt's future means, as the scheduler and people are told."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from corral_core.engine.answers import Lost, judge
from corral_core.errors import (
    ExecutorUnavailable,
    MessageError,
    OutOfMemory,
    TaskFailedError,
    TaskTimeout,
    Throttled,
    WorkerLost,
)
from corral_core.tasks import Done, Failed, Stats, TaskId, encode

TASK = TaskId("run", 0, "map", 3, 1)


def judged(answer: Exception | bytes, time: int = 1) -> Done | Lost:
    future: Future[bytes] = Future()
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
    return judge(TASK, future, time)


def report(**fields: Any) -> Failed:
    return Failed(TASK, **{"kind": "user", "error": "ValueError", "message": "boom", **fields})


def lost(answer: Exception | bytes, time: int = 1) -> Lost:
    found = judged(answer, time)
    assert isinstance(found, Lost)
    return found


def test_an_answer_is_what_the_worker_said() -> None:
    done = Done(TASK, Stats(records_in=7), {"rows": 7})
    assert judged(encode(done)) == done


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (WorkerLost("x"), "place"),
        (ExecutorUnavailable("x"), "place"),
        (RuntimeError("a bug of the executor"), "place"),
        (Throttled("x"), "throttled"),
        (TaskTimeout("x"), "timeout"),
        (OutOfMemory("x"), "memory"),
        (MessageError("another version"), "user"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_place_that_fails_is_told_with_its_error_and_without_a_report(error: Exception, fault: str) -> None:
    found = lost(error)
    assert (found.fault, found.reply) == (fault, None)
    assert isinstance(found.error, TaskFailedError)
    assert found.error.__cause__ is error
    assert str(found.error) == f"stage 0 map 3 failed: {type(error).__name__}: {error}"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("user", "user"),
        ("data", "user"),
        ("memory", "memory"),
        ("timeout", "timeout"),
        ("segment", "user"),
        ("taken", "place"),
        ("system", "place"),
    ],
)
def test_what_a_worker_reports_is_its_fault_or_the_places(kind: str, fault: str) -> None:
    said = report(kind=kind)
    found = lost(encode(said))
    assert (found.fault, found.reply) == (fault, said)
    assert isinstance(found.error, TaskFailedError)
    assert (found.error.task, found.error.report) == ("stage 0 map 3", said)


def test_an_input_that_seems_damaged_may_have_been_read_wrongly() -> None:
    assert lost(encode(report(kind="data", error="DataError"))).fault == "place"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"file": "in.txt", "offset": 7, "preview": "'x'"}, " at in.txt, byte 7 (record 'x'): ValueError: boom"),
        ({"file": "in.txt"}, " at in.txt: ValueError: boom"),
        ({"preview": "'k'"}, " (key 'k'): ValueError: boom"),
        ({"message": ""}, ": ValueError: no message"),
        ({"kind": "data", "error": "CarryError", "message": "it can't be carried"}, ": it can't be carried"),
        ({"kind": "data", "file": "in.txt", "offset": 3, "message": "byte 3 of in.txt"}, ": byte 3 of in.txt"),
    ],
)
@pytest.mark.parametrize(("time", "how"), [(1, ""), (2, " 2 times, the last time")])
def test_a_failure_is_one_sentence_with_its_place_and_how_often(
    fields: dict[str, Any], message: str, time: int, how: str
) -> None:
    assert str(lost(encode(report(**fields)), time).error) == f"stage 0 map 3 failed{how}{message}"


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"type":"done","version":99}'])
def test_an_answer_that_can_not_be_read_will_not_be_better_next_time(answer: bytes) -> None:
    assert lost(answer).fault == "user"


@pytest.mark.parametrize(
    "other", [TaskId("run", 0, "map", 4, 1), TaskId("run", 0, "map", 3), TaskId("old", 0, "map", 3, 1)]
)
def test_the_answer_to_another_question_is_no_answer(other: TaskId) -> None:
    found = lost(encode(Done(other, Stats(), {})))
    assert (found.fault, found.reply) == ("place", None)
    assert f"stage 0 map 3 was answered with the reply of stage 0 map {other.index}" in str(found.error)
