"""One phase between the scheduler and an executor whose every move the test makes."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Self

import pytest

from corral_core.engine.dispatch import run_phase
from corral_core.errors import RunError, TaskFailedError, Throttled, WorkerLost
from corral_core.events import TaskFinished, TaskStarted
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_core.tasks import Done, Failed, JobRef, MapTask, Stats, TaskId, TaskOptions, decode_task, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.tasks import Reply


class Scripted(Executor):
    """Answers each task with what the script says: a reply, an error to settle with, or nothing yet."""

    name = "scripted"

    def __init__(self, answer: Callable[[TaskId], Any], slots: int | None = None) -> None:
        self.capabilities = Capabilities(slots=slots)
        self.answer = answer
        self.submitted: list[int] = []
        self.waiting: dict[int, Future[bytes]] = {}
        self.most = 0

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        raise NotImplementedError

    def open(self, bundle: Bundle) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def submit(self, payload: bytes) -> Future[bytes]:
        task = decode_task(payload).id
        self.submitted.append(task.index)
        answer = self.answer(task)
        future: Future[bytes] = Future()
        self.waiting[task.index] = future
        self.most = max(self.most, sum(not waiting.done() for waiting in self.waiting.values()))
        if isinstance(answer, Exception):
            future.set_exception(answer)
        elif answer is not None:
            future.set_result(encode(answer) if not isinstance(answer, bytes) else answer)
        return future


def tasks(count: int) -> list[MapTask]:
    ids = [TaskId("run", 0, "map", index) for index in range(count)]
    return [MapTask(id_, JobRef("module", "m"), (), 1, "work", TaskOptions("a", "b")) for id_ in ids]


def done(task: TaskId) -> Done:
    return Done(task, Stats(records_in=task.index), {})


def failed(task: TaskId, **fields: Any) -> Failed:
    return Failed(task, **{"kind": "user", "error": "ValueError", "message": "boom", **fields})


def ignore(event: object) -> None:
    pass


def test_replies_come_in_the_order_of_the_tasks_whatever_the_order_they_end_in() -> None:
    executor = Scripted(lambda task: None)

    def last_first(task: TaskId) -> Reply | None:
        if task.index < 3:
            return None
        for index in (2, 0, 1):
            executor.waiting[index].set_result(encode(done(TaskId("run", 0, "map", index))))
        return done(task)

    executor.answer = last_first
    replies = run_phase(executor, tasks(4), 10, ignore)
    assert [reply.id.index for reply in replies] == [0, 1, 2, 3]


@pytest.mark.parametrize(("limit", "slots", "most"), [(3, None, 3), (10, 2, 2), (2, 10, 2), (1, 1, 1)])
def test_no_more_tasks_are_in_flight_than_limit_and_slots_allow(limit: int, slots: int | None, most: int) -> None:
    executor = Scripted(lambda task: None, slots)

    def when_full(task: TaskId) -> Reply | None:
        flying = [index for index, future in executor.waiting.items() if not future.done()]
        if len(flying) + 1 == most or task.index == 11:
            for index in flying:
                executor.waiting[index].set_result(encode(done(TaskId("run", 0, "map", index))))
            return done(task)
        return None

    executor.answer = when_full
    assert len(run_phase(executor, tasks(12), limit, ignore)) == 12
    assert executor.submitted == list(range(12))
    assert executor.most <= most


def test_no_tasks_are_done_at_once() -> None:
    assert run_phase(Scripted(done), [], 3, ignore) == []


def test_the_first_failure_ends_the_phase_and_cancels_the_rest() -> None:
    executor = Scripted(lambda task: failed(task) if task.index == 2 else None)
    with pytest.raises(TaskFailedError, match=r"^stage 0 map 2 failed: ValueError: boom$") as caught:
        run_phase(executor, tasks(9), 4, ignore)
    assert (caught.value.task, caught.value.report) == ("stage 0 map 2", failed(TaskId("run", 0, "map", 2)))
    assert executor.submitted == [0, 1, 2, 3]
    assert [executor.waiting[index].cancelled() for index in (0, 1, 3)] == [True] * 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"file": "in.txt", "offset": 7, "preview": "'x'"}, "at in.txt, byte 7 (record 'x'): ValueError: boom"),
        ({"file": "in.txt"}, "at in.txt: ValueError: boom"),
        ({"preview": "'k'"}, "(key 'k'): ValueError: boom"),
        ({"message": ""}, "failed: ValueError: no message"),
        ({"kind": "data", "error": "CarryError", "message": "it can't be carried"}, "failed: it can't be carried"),
        (
            {"kind": "data", "file": "in.txt", "offset": 3, "message": "byte 3 of in.txt is bad"},
            ": byte 3 of in.txt is bad",
        ),
    ],
)
def test_a_failure_is_one_sentence_with_its_place(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskFailedError) as caught:
        run_phase(Scripted(lambda task: failed(task, **fields)), tasks(1), 1, ignore)
    assert str(caught.value).startswith("stage 0 map 0 failed")
    assert str(caught.value).endswith(message)


@pytest.mark.parametrize(
    "error", [WorkerLost("it died"), Throttled("slow down"), RuntimeError("a bug of the executor")]
)
def test_a_place_that_fails_is_told_without_a_report(error: Exception) -> None:
    with pytest.raises(TaskFailedError, match=f"map 0 failed: {type(error).__name__}: {error}") as caught:
        run_phase(Scripted(lambda task: error), tasks(1), 1, ignore)
    assert caught.value.report is None
    assert caught.value.__cause__ is error


def test_an_answer_that_is_none_of_ours_fails_the_task() -> None:
    with pytest.raises(TaskFailedError, match="MessageError"):
        run_phase(Scripted(lambda task: b"<html>"), tasks(1), 1, ignore)
    with pytest.raises(RunError, match="stage 0 map 0 was answered with the reply of stage 0 map 1"):
        run_phase(Scripted(lambda task: done(TaskId("run", 0, "map", 1))), tasks(1), 1, ignore)


def test_observers_hear_of_every_task_in_order() -> None:
    heard: list[object] = []
    first, second = (task.id for task in tasks(2))
    run_phase(Scripted(done), tasks(2), 1, heard.append)
    assert heard == [
        TaskStarted(first),
        TaskFinished(first, done(first)),
        TaskStarted(second),
        TaskFinished(second, done(second)),
    ]


def test_an_interrupt_while_a_task_is_handed_over_cancels_those_in_flight() -> None:
    def interrupting(task: TaskId) -> None:
        if task.index == 1:
            raise KeyboardInterrupt

    executor = Scripted(interrupting)
    with pytest.raises(KeyboardInterrupt):
        run_phase(executor, tasks(3), 3, ignore)
    assert executor.submitted == [0, 1]
    assert executor.waiting[0].cancelled()
