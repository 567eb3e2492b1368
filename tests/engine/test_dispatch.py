"""One phase between the scheduler and an executor whose every move the test makes, in a time of its own."""

from __future__ import annotations

from concurrent.futures import Future
from random import Random
from typing import TYPE_CHECKING, Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.dispatch import Dispatch, Watcher
from corral_core.engine.phase import MapPhase, Pieces
from corral_core.engine.scheduler import Policy
from corral_core.errors import (
    MessageError,
    OutOfMemory,
    RunError,
    TaskFailedError,
    TaskTimeout,
    Throttled,
    WorkerLost,
)
from corral_core.events import Event, TaskCut, TaskFinished, TaskStarted
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_core.tasks import (
    Done,
    Failed,
    JobRef,
    MapTask,
    Reply,
    Split,
    Stats,
    TaskId,
    TaskOptions,
    decode_task,
    encode,
)
from tests.engine.conftest import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Answer = Exception | Reply | bytes
    Script = Callable[[TaskId], tuple[float, Answer] | None]
    """What an attempt comes to, after how many seconds; None: nothing is heard of it."""

LOST = WorkerLost("it died")


class Scripted(Executor):
    """:param stubborn: attempts can't be cancelled: what they have to say comes late."""

    name = "scripted"

    def __init__(self, clock: Timeline, script: Script, *, stubborn: bool) -> None:
        self.capabilities = Capabilities()
        self.clock, self.script, self.stubborn = clock, script, stubborn
        self.futures: dict[tuple[int, int], Future[bytes]] = {}
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
        future: Future[bytes] = Future()
        self.futures[task.index, task.attempt] = future
        self.most = max(self.most, sum(not future.done() for future in self.futures.values()))
        if self.stubborn:
            future.set_running_or_notify_cancel()
        fate = self.script(task)
        if fate is not None:
            seconds, answer = fate
            self.clock.after(seconds, lambda: _settle(future, answer))
        return future

    def cancelled(self) -> set[tuple[int, int]]:
        return {key for key, future in self.futures.items() if future.cancelled()}


def _settle(future: Future[bytes], answer: Answer) -> None:
    if future.cancelled():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer if isinstance(answer, bytes) else encode(answer))


class Noting(Watcher):
    def __init__(self) -> None:
        self.answers: list[TaskId] = []
        self.cuts: dict[int, Pieces] = {}
        self.freed: list[str] = []
        self.tended: list[float] = []
        self.wants: float | None = None

    def won(self, done: Done) -> None:
        self.answers.append(done.id)

    def cut(self, number: int, pieces: Pieces) -> None:
        self.cuts[number] = pieces

    def taken(self, output: str) -> None:
        self.freed.append(output)

    def due(self) -> float | None:
        return self.wants

    def tend(self, now: float) -> None:
        if self.wants is not None and now >= self.wants:
            self.tended.append(now)
            self.wants = None


def in_halves(splits: tuple[Split, ...]) -> tuple[tuple[Split, ...], tuple[Split, ...]] | None:
    middle = len(splits) // 2
    return (splits[:middle], splits[middle:]) if middle else None


class Bench:
    """A phase of map tasks, a split of one byte each unless told otherwise."""

    def __init__(self, tasks: int, script: Script, *, stubborn: bool = False, splits: int = 1, **policy: Any) -> None:
        self.clock, self.watcher, self.events = Timeline(), Noting(), list[Event]()
        self.executor = Scripted(self.clock, script, stubborn=stubborn)
        pattern = MapTask(TaskId("run", 0, "map", 0), JobRef("module", "m"), (), 0, "work", TaskOptions("a", "b"))
        bins = [tuple(Split("in", task * 9 + n, task * 9 + n + 1, 999) for n in range(splits)) for task in range(tasks)]
        self.phase = MapPhase(pattern, bins, lambda task: (f"output-{task.index}", False), in_halves)
        policy = {"limit": 100, "backup_factor": None, **policy}
        self.dispatch = Dispatch(
            self.executor, Policy(**policy), self.clock, Random(0), self.events.append, self.watcher
        )
        self.done: dict[int, Done] = {}

    def run(self) -> list[TaskId]:
        """Who did the work, in the order of the phase."""
        self.dispatch.run(self.phase, self.done)
        return [done.id for done in self.phase.in_order(self.done)]

    @property
    def submitted(self) -> list[tuple[int, int]]:
        return list(self.executor.futures)

    def outcomes(self) -> list[tuple[int, int, str]]:
        return [(e.id.index, e.id.attempt, e.outcome) for e in self.events if isinstance(e, TaskFinished)]


def task(number: int, attempt: int = 0) -> TaskId:
    return TaskId("run", 0, "map", number, attempt)


def done(task: TaskId) -> Done:
    return Done(task, Stats(records_in=task.index), {})


def failed(task: TaskId, **fields: Any) -> Failed:
    return Failed(task, **{"kind": "user", "error": "ValueError", "message": "boom", **fields})


def well(task: TaskId) -> tuple[float, Answer]:
    return 1, done(task)


def at_first(*answers: Answer) -> Script:
    """A task's first attempts come to these, the next ends well."""
    return lambda task: (1, answers[task.attempt] if task.attempt < len(answers) else done(task))


def test_answers_stand_in_the_order_of_the_tasks_whatever_the_order_they_come_in() -> None:
    bench = Bench(4, lambda task: (9 - task.index, done(task)))
    assert bench.run() == [task(n) for n in range(4)]
    assert bench.watcher.answers == [task(n) for n in (3, 2, 1, 0)]


def test_the_answer_that_ends_the_run_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has, say, the bad record that is one too many."""

    def too_many(done: Done) -> None:
        raise RunError(f"enough with {done.id}")

    bench = Bench(1, well)
    monkeypatch.setattr(bench.watcher, "won", too_many)
    with pytest.raises(RunError, match="enough with stage 0 map 0"):
        bench.run()
    assert bench.outcomes() == [(0, 0, "won")]


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_no_more_tasks_are_in_flight_than_the_policy_allows(limit: int) -> None:
    bench = Bench(12, lambda task: (1 + task.index % 3, done(task)), limit=limit)
    bench.run()
    assert bench.submitted == [(n, 0) for n in range(12)]
    assert bench.executor.most == min(limit, 12)


def test_no_tasks_are_done_at_once() -> None:
    assert Bench(0, well).run() == []


def test_what_is_done_already_is_not_done_again() -> None:
    bench = Bench(3, well)
    bench.done = {1: done(task(1, 7))}
    assert bench.run() == [task(0), task(1, 7), task(2)]
    assert bench.submitted == [(0, 0), (2, 0)]


@pytest.mark.parametrize(
    "fault",
    [LOST, RuntimeError("a bug of the executor"), failed(task(0), kind="system"), done(task(5)), done(task(0, 9))],
    ids=["lost", "bug", "storage", "another's", "another attempt's"],
)
def test_what_the_place_did_is_tried_again_under_a_name_of_its_own(fault: Answer) -> None:
    bench = Bench(1, at_first(fault))
    assert bench.run() == [task(0, 1)]
    assert bench.outcomes() == [(0, 0, "failed"), (0, 1, "won")]


def test_being_throttled_uses_up_no_attempt() -> None:
    bench = Bench(1, at_first(*[Throttled("slow down")] * 5), max_attempts=1)
    assert bench.run() == [task(0, 5)]


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_task_that_the_place_fails_is_tried_so_often_and_no_more(attempts: int) -> None:
    bench = Bench(2, lambda task: (1, LOST) if task.index else None, max_attempts=attempts)
    times = f" {attempts} times, the last time" if attempts > 1 else ""
    with pytest.raises(TaskFailedError, match=rf"^stage 0 map 1 failed{times}: WorkerLost: it died") as caught:
        bench.run()
    assert (caught.value.task, caught.value.report, caught.value.__cause__) == ("stage 0 map 1", None, LOST)
    assert bench.submitted == [(0, 0), *((1, n) for n in range(attempts))]
    assert bench.executor.cancelled() == {(0, 0)}


def test_a_fault_of_the_users_is_told_when_it_came_twice() -> None:
    bench = Bench(5, lambda task: (1, failed(task)) if task.index == 2 else None)
    with pytest.raises(TaskFailedError, match=r"^stage 0 map 2 failed 2 times, the last time: ValueError: boom$") as e:
        bench.run()
    assert e.value.report == failed(task(2, 1))
    assert bench.submitted == [*((n, 0) for n in range(5)), (2, 1)]
    assert bench.executor.cancelled() == {(0, 0), (1, 0), (3, 0), (4, 0)}


def test_a_fault_of_the_users_that_came_once_is_none() -> None:
    assert Bench(1, lambda task: (1, done(task) if task.attempt else failed(task))).run() == [task(0, 1)]


def test_an_answer_that_is_none_of_ours_is_asked_for_once_more() -> None:
    bench = Bench(1, at_first(*[b"<html>"] * 9), max_attempts=9)
    with pytest.raises(TaskFailedError, match="MessageError") as caught:
        bench.run()
    assert isinstance(caught.value.__cause__, MessageError)
    assert len(bench.submitted) == 2


def test_an_attempt_that_was_given_up_and_answers_in_time_counts() -> None:
    """The time-out is on submission, the answer comes after it, and its successor is not waited for."""
    bench = Bench(1, lambda task: (15 if task.attempt == 0 else 9, done(task)), stubborn=True, timeout=10)
    assert bench.run() == [task(0)]
    assert bench.submitted == [(0, 0), (0, 1)]
    assert bench.watcher.answers == [task(0)]


def test_of_two_answers_to_one_task_the_first_holds_and_the_second_is_told_as_late() -> None:
    """Task 3 straggles, its backup wins, and the straggler answers while task 4, as slow, is under way."""
    seconds = {(3, 0): 50.0, (3, 1): 5.0, (4, 0): 90.0, (4, 1): 80.0}
    bench = Bench(
        5,
        lambda task: (seconds.get((task.index, task.attempt), 10), done(task)),
        stubborn=True,
        backup_factor=2,
        backup_fraction=0.5,
    )
    assert bench.run()[3] == task(3, 1)
    assert bench.watcher.answers.count(task(3)) == 0
    assert (3, 0, "late") in bench.outcomes()
    assert [event.backup for event in bench.events if isinstance(event, TaskStarted)] == [*[False] * 5, True, True]


def test_an_output_that_is_taken_is_freed_and_no_attempt_that_may_have_written_it_is_believed() -> None:
    """The first, given up after 10 s, may be who took it; its answer comes while the third is under way."""

    def script(task: TaskId) -> tuple[float, Answer]:
        fates: list[tuple[float, Answer]] = [
            (20, done(task)),
            (5, failed(task, kind="taken")),
            (9, done(task)),
        ]
        return fates[task.attempt]

    bench = Bench(1, script, stubborn=True, timeout=10)
    assert bench.run() == [task(0, 2)]
    assert bench.watcher.freed == ["output-0"]
    assert bench.outcomes() == [(0, 1, "failed"), (0, 0, "failed"), (0, 2, "won")]


def test_an_output_that_is_always_taken_ends_the_run() -> None:
    bench = Bench(1, lambda task: (1, failed(task, kind="taken", error="OutputTakenError", message="taken")))
    with pytest.raises(TaskFailedError, match="failed 4 times, the last time: OutputTakenError: taken"):
        bench.run()
    assert len(bench.watcher.freed) == 4


@pytest.mark.parametrize("fault", [TaskTimeout("too long"), OutOfMemory("too much"), failed(task(0), kind="memory")])
def test_what_is_too_much_is_cut_and_its_pieces_stand_in_its_place(fault: Answer) -> None:
    bench = Bench(3, lambda task: (1, fault) if task.index == 0 else well(task), splits=4)
    assert bench.run() == [task(3), task(4), task(1), task(2)]
    assert [e for e in bench.events if isinstance(e, TaskCut)] == [TaskCut(task(0), (3, 4))]
    assert list(bench.watcher.cuts) == [0]
    assert bench.watcher.cuts[0].splits == (bench.phase.splits(0)[:2], bench.phase.splits(0)[2:])


def test_what_is_too_much_to_the_last_is_named_by_the_file_and_the_bytes_that_it_reads() -> None:
    bench = Bench(1, lambda task: (1, TaskTimeout("too long")), splits=2, max_attempts=2)
    message = r"^stage 0 map [12] failed 2 times, the last time: TaskTimeout: too long \(it reads in, bytes . to .\)$"
    with pytest.raises(TaskFailedError, match=message):
        bench.run()


def test_a_time_out_of_the_drivers_own_names_the_task_too() -> None:
    bench = Bench(1, lambda task: None, timeout=10, max_attempts=1)
    with pytest.raises(TaskFailedError, match=r"^stage 0 map 0 failed: TaskTimeout: no answer within 10 s") as caught:
        bench.run()
    assert str(caught.value).endswith("(it reads in, bytes 0 to 1)")
    assert bench.clock.time == 10


@pytest.mark.parametrize("stubborn", [False, True])
def test_time_outs_of_the_drivers_own_are_counted_once_each(*, stubborn: bool) -> None:
    """A stubborn attempt says of itself, later, that it failed."""
    bench = Bench(1, lambda task: (15, LOST), timeout=10, stubborn=stubborn, max_attempts=3)
    with pytest.raises(TaskFailedError, match=r"^stage 0 map 0 failed 3 times, the last time: TaskTimeout: no answer"):
        bench.run()


def test_a_failure_counts_the_time_outs_before_it() -> None:
    bench = Bench(1, lambda task: (5, LOST) if task.attempt else None, timeout=10, max_attempts=2)
    with pytest.raises(TaskFailedError, match=r"^stage 0 map 0 failed 2 times, the last time: WorkerLost"):
        bench.run()


def test_a_place_that_gives_no_slot_back_ends_the_phase_without_blaming_a_task() -> None:
    bench = Bench(2, lambda task: None, stubborn=True, limit=1, timeout=10)
    with pytest.raises(RunError, match=r"^stage 0 map failed: ExecutorUnavailable: the only slot") as caught:
        bench.run()
    assert not isinstance(caught.value, TaskFailedError)


def test_observers_hear_of_every_attempt_in_order() -> None:
    bench = Bench(2, lambda task: (1, done(task) if task.index or task.attempt else LOST), limit=1)
    bench.run()
    assert [type(event) for event in bench.events] == [TaskStarted, TaskFinished] * 3
    first = bench.events[1]
    assert isinstance(first, TaskFinished)
    assert (first.id, first.reply, str(first.error)) == (task(0), None, "stage 0 map 0 failed: WorkerLost: it died")


def test_the_watcher_is_called_when_it_wants_to_be_though_nothing_else_happens() -> None:
    bench = Bench(1, lambda task: (10, done(task)))
    bench.watcher.wants = 5
    bench.run()
    assert bench.watcher.tended == [5]


@pytest.mark.parametrize("where", ["executor", "observer", "clock"])
def test_an_interrupt_cancels_all_that_is_in_flight(where: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    bench = Bench(3, lambda task: interrupt() if where == "executor" and task.index == 2 else None)
    if where == "observer":
        bench.dispatch = Dispatch(
            bench.executor, bench.dispatch.policy, bench.clock, Random(0),
            lambda event: interrupt() if isinstance(event, TaskStarted) and event.id.index == 2 else None,
            bench.watcher,
        )  # fmt: skip
    bench.clock.after(1, interrupt)
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert bench.executor.cancelled() >= {(0, 0), (1, 0)}
    assert bench.done == {}


fates = st.tuples(st.floats(0.1, 30), st.sampled_from(["done", "lost", "throttled", "system", "other", "vanishes"]))


@given(
    st.lists(st.lists(fates, max_size=4), min_size=1, max_size=5),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([None, 1.0]),
)
def test_whatever_becomes_of_attempts_each_task_has_one_answer(
    plan: Sequence[list[tuple[float, str]]], limit: int, stubborn: bool, backups: float | None
) -> None:
    """Late, lost and doubled: one attempt wins, its answer stays, and nobody is told of another."""

    def script(task: TaskId) -> tuple[float, Answer] | None:
        mine = plan[task.index]
        seconds, fate = mine[task.attempt] if task.attempt < len(mine) else (1.0, "done")
        if fate == "vanishes" and not stubborn:
            return None
        answers: dict[str, Answer] = {
            "done": done(task),
            "lost": LOST,
            "throttled": Throttled("no"),
            "system": failed(task, kind="system"),
            "other": done(TaskId("run", 0, "map", task.index + 1)),
            "vanishes": LOST,
        }
        return seconds, answers[fate]

    bench = Bench(len(plan), script, stubborn=stubborn, limit=limit, timeout=20, max_attempts=99, backup_factor=backups)
    assert [answer.index for answer in bench.run()] == list(range(len(plan)))
    won = [event.id for event in bench.events if isinstance(event, TaskFinished) and event.outcome == "won"]
    assert sorted(map(str, won)) == sorted(map(str, bench.watcher.answers))
    assert {answer.id for answer in bench.done.values()} == set(won) == set(bench.watcher.answers)
    assert len(won) == len(plan)
