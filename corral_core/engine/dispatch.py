"""Runs one phase: carries the scheduler's commands to the executor, and the executor's answers to the scheduler.

::

               commands: submit, cancel, bisect, end
    scheduler ─────────────────────────────────────► dispatch ──payload──► executor
        ▲                                              │  ▲                   │
        └──────────── events: succeeded, failed, ──────┘  └─────── future ◄───┘
                              gone, cut, tick
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from corral_core.engine import scheduler
from corral_core.engine.answers import Lost, failed_text, judge
from corral_core.engine.scheduler import Bisect, Cancel, End, Scheduler, Submit
from corral_core.errors import RunError, TaskFailedError
from corral_core.events import TaskCut, TaskFinished, TaskStarted
from corral_core.tasks import Done, MapTask, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from random import Random

    from corral_core.engine.clock import Clock
    from corral_core.engine.phase import Phase, Pieces
    from corral_core.engine.scheduler import Policy
    from corral_core.events import Event, Outcome
    from corral_core.executor import Executor

__all__ = ["Dispatch", "Watcher"]


class Watcher:
    """Told of what a run must remember. The base class remembers nothing."""

    def won(self, done: Done) -> None:
        """A task has its answer. What this raises ends the run."""

    def cut(self, number: int, pieces: Pieces) -> None:
        """A task was cut in two."""

    def taken(self, output: str) -> None:
        """Other bytes than a task's stand in its output's place."""

    def due(self) -> float | None:
        """When :meth:`tend` wants to be called, if nothing else happens before."""
        return None

    def tend(self, now: float) -> None:
        """Time has passed."""


@dataclass(frozen=True)
class Dispatch:
    """Runs phases on an executor that is open."""

    executor: Executor
    policy: Policy
    clock: Clock
    random: Random
    tell: Callable[[Event], None]
    watcher: Watcher

    def run(self, phase: Phase, done: dict[int, Done]) -> None:
        """Run the tasks of a phase that are not done.

        :param done: the answers by the task's number; those that come are added.
        :raises RunError: when a task can't be done; no other task is started then, and those in flight are cancelled.
        """
        _Run(self, phase, done).run()


class _Settled(NamedTuple):
    number: int
    attempt: int
    future: Future[bytes]


class _Run:
    def __init__(self, dispatch: Dispatch, phase: Phase, done: dict[int, Done]) -> None:
        self._to, self._phase, self._done = dispatch, phase, done
        self._scheduler = Scheduler(
            phase.count,
            dispatch.policy,
            dispatch.random,
            weights=phase.weights(),
            done=done,
            cut={number: pieces.numbers for number, pieces in phase.cuts.items()},
        )
        self._settled: SimpleQueue[_Settled] = SimpleQueue()
        self._flying: dict[tuple[int, int], Future[bytes]] = {}
        self._given_up: set[tuple[int, int]] = set()
        self._failures: dict[int, int] = {}
        self._barred: dict[int, int] = {}  # attempts up to this one are not believed: their output was removed
        self._end: End | None = None

    def run(self) -> None:
        try:
            self._handle(scheduler.Started())
            while self._end is None:
                self._handle(self._next())
        except BaseException:
            for command in self._scheduler.handle(scheduler.Interrupted(), self._to.clock.now()):
                if isinstance(command, Cancel):
                    self._cancel(command)
            raise
        if self._end.error is not None:
            raise self._as_run_error(self._end.error, self._end.task)

    def _next(self) -> scheduler.Event:
        times = [at for at in (self._scheduler.wake, self._to.watcher.due()) if at is not None]
        settled = self._to.clock.wait(self._settled, min(times, default=None))
        self._to.watcher.tend(self._to.clock.now())
        return scheduler.Tick() if settled is None else self._answer(settled)

    def _handle(self, event: scheduler.Event) -> None:
        commands = deque(self._scheduler.handle(event, self._to.clock.now()))
        while commands:
            command = commands.popleft()
            if isinstance(command, Submit):
                self._submit(command)
            elif isinstance(command, Cancel):
                self._cancel(command)
            elif isinstance(command, Bisect):
                commands += self._scheduler.handle(self._bisect(command), self._to.clock.now())
            else:
                self._end = command

    def _submit(self, command: Submit) -> None:
        number, attempt = command.task, command.attempt
        task = self._phase.task(number, attempt)
        # Not looked for among all that fly each time, which may be a thousand.
        backup = attempt > 0 and any(other == number for other, _ in self._flying.keys() - self._given_up)
        splits = task.splits if isinstance(task, MapTask) else ()
        self._to.tell(TaskStarted(task.id, backup, splits))
        future = self._to.executor.submit(encode(task))
        self._flying[number, attempt] = future
        future.add_done_callback(partial(self._settle, number, attempt))

    def _settle(self, number: int, attempt: int, future: Future[bytes]) -> None:
        self._settled.put(_Settled(number, attempt, future))

    def _cancel(self, command: Cancel) -> None:
        key = command.task, command.attempt
        flying = self._flying.get(key)
        if flying is not None:  # an interrupt may come before the executor has taken the task
            if self._is_open(command.task):  # it took too long, and whatever it says later is no second failure
                self._failures[command.task] = self._failures.get(command.task, 0) + 1
            self._given_up.add(key)
            flying.cancel()

    def _bisect(self, command: Bisect) -> scheduler.Event:
        pieces = self._phase.halve(command.task)
        if pieces is None:
            return scheduler.Uncut(command.task)
        self._to.watcher.cut(command.task, pieces)
        self._to.tell(TaskCut(self._phase.id(command.task, 0), pieces.numbers))
        return scheduler.Cut(command.task, pieces.numbers)

    def _answer(self, settled: _Settled) -> scheduler.Event:
        number, attempt, future = settled
        del self._flying[number, attempt]
        given_up = (number, attempt) in self._given_up
        self._given_up.discard((number, attempt))
        identity = self._phase.id(number, attempt)
        if given_up and future.cancelled():
            self._to.tell(TaskFinished(identity, None, outcome="cancelled"))
            return scheduler.Gone(number, attempt)
        answer = judge(identity, future, self._failures.get(number, 0) + (not given_up))
        if isinstance(answer, Done) and attempt <= self._barred.get(number, -1):
            answer = Lost("place", RunError(f"{identity} ended after its output was removed"), None)
        if isinstance(answer, Done):
            return self._succeeded(number, attempt, answer)
        return self._failed(number, attempt, answer, given_up=given_up)

    def _succeeded(self, number: int, attempt: int, done: Done) -> scheduler.Event:
        won = self._is_open(number)
        if won:
            self._done[number] = done
        try:
            if won:
                self._to.watcher.won(done)
        finally:  # the answer that is one bad record too many ends the run, and was given all the same
            self._to.tell(TaskFinished(done.id, done, outcome="won" if won else "late"))
        return scheduler.Succeeded(number, attempt)

    def _failed(self, number: int, attempt: int, lost: Lost, *, given_up: bool) -> scheduler.Event:
        outcome: Outcome = "failed" if self._is_open(number) else "late"
        if outcome == "failed":
            if lost.reply is not None and lost.reply.kind == "limit":
                self._to.tell(TaskFinished(lost.reply.id, lost.reply, lost.error, outcome))
                raise lost.error  # another try would find the same records
            if lost.fault != "throttled" and not given_up:
                self._failures[number] = self._failures.get(number, 0) + 1
            if lost.reply is not None and lost.reply.kind == "taken":
                self._free_output(number, attempt)
        identity = self._phase.id(number, attempt)
        self._to.tell(TaskFinished(identity, lost.reply, lost.error, outcome))
        return scheduler.Failed(number, attempt, lost.fault, lost.error)

    def _free_output(self, number: int, attempt: int) -> None:
        """Remove what stands in a task's place; no attempt that may have written it is believed from now on."""
        flying = [other for task, other in self._flying if task == number]
        self._barred[number] = max([attempt, *flying])
        output = self._phase.task(number, attempt).output
        if output is not None:
            self._to.watcher.taken(output)

    def _is_open(self, number: int) -> bool:
        return number not in self._done and number not in self._phase.cuts

    def _as_run_error(self, error: Exception, number: int | None) -> RunError:
        what = f"failed: {type(error).__name__}: {error}"
        if number is None:
            identity = self._phase.pattern.id
            failure = RunError(f"stage {identity.stage} {identity.phase} {what}")
        elif isinstance(error, RunError) and getattr(error, "report", None) is not None:
            return error
        else:
            # No worker told what it had in hand. Of a task that was cut as far as can be, this is one record.
            identity, reads = self._phase.id(number, 0), self._phase.reads(number)
            told = f"{failed_text(identity, self._failures.get(number, 1))}: {type(error).__name__}: {error}"
            sentence, task = str(error) if isinstance(error, RunError) else told, str(identity)
            failure = TaskFailedError(f"{sentence} (it reads {reads})" if reads else sentence, task)
        failure.__cause__ = error.__cause__ if isinstance(error, RunError) else error
        return failure
