"""Runs one phase: carries the scheduler's commands to the executor, and the executor's answers to the scheduler."""

from __future__ import annotations

import time
from functools import partial
from queue import SimpleQueue
from random import Random
from typing import TYPE_CHECKING

from corral_core.engine import scheduler
from corral_core.engine.scheduler import Cancel, End, Policy, Scheduler, Submit
from corral_core.errors import RunError, TaskFailedError
from corral_core.events import TaskFinished, TaskStarted
from corral_core.tasks import Done, decode_reply, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from corral_core.events import Event
    from corral_core.executor import Executor
    from corral_core.tasks import Failed, Task, TaskId

__all__ = ["run_phase"]


def run_phase(executor: Executor, tasks: Sequence[Task], limit: int, tell: Callable[[Event], None]) -> list[Done]:
    """Run all tasks, at most ``limit`` at once; their answers in the tasks' order.

    :raises TaskFailedError: when a task fails; no other task is started then, and those in flight are cancelled.
    """
    return _Phase(executor, tasks, limit, tell).run()


class _Phase:
    def __init__(self, executor: Executor, tasks: Sequence[Task], limit: int, tell: Callable[[Event], None]) -> None:
        self._executor, self._tasks, self._tell = executor, tasks, tell
        slots = executor.capabilities.slots
        policy = Policy(min(limit, slots) if slots else limit, max_attempts=1, backup_factor=None)
        self._scheduler = Scheduler(len(tasks), policy, Random())  # noqa: S311  (spreads waits, hides nothing)
        self._settled: SimpleQueue[tuple[int, int, Future[bytes]]] = SimpleQueue()
        self._flying: dict[tuple[int, int], Future[bytes]] = {}
        self._done: dict[int, Done] = {}

    def run(self) -> list[Done]:
        commands = self._handle(scheduler.Started())
        try:
            while (end := self._carry_out(commands)) is None:
                commands = self._handle(self._next_event())
        except KeyboardInterrupt:
            self._carry_out(self._handle(scheduler.Interrupted()))
            raise
        if end.error is not None:
            raise end.error
        return [self._done[index] for index in range(len(self._tasks))]

    def _handle(self, event: scheduler.Event) -> list[scheduler.Command]:
        return self._scheduler.handle(event, time.monotonic())

    def _carry_out(self, commands: list[scheduler.Command]) -> End | None:
        end = None
        for command in commands:
            if isinstance(command, Submit):
                self._submit(command.task, command.attempt)
            elif isinstance(command, Cancel):
                flying = self._flying.get((command.task, command.attempt))
                if flying is not None:  # an interrupt may come before the executor has taken the task
                    flying.cancel()
            elif isinstance(command, End):
                end = command
        return end

    def _submit(self, index: int, attempt: int) -> None:
        task = self._tasks[index]
        self._tell(TaskStarted(task.id))
        future = self._executor.submit(encode(task))
        self._flying[index, attempt] = future
        future.add_done_callback(partial(self._settle, index, attempt))

    def _settle(self, index: int, attempt: int, future: Future[bytes]) -> None:
        self._settled.put((index, attempt, future))

    def _next_event(self) -> scheduler.Event:
        index, attempt, future = self._settled.get()
        del self._flying[index, attempt]
        task = self._tasks[index].id
        try:
            reply = decode_reply(future.result())
        except Exception as error:  # noqa: BLE001  (whatever the place raised, the task failed)
            self._tell(TaskFinished(task, None, error))
            message = f"{task} failed: {type(error).__name__}: {error}"
            failure = TaskFailedError(message, str(task))
            failure.__cause__ = error
            return scheduler.Failed(index, attempt, "user", failure)
        self._tell(TaskFinished(task, reply))
        if reply.id != task:
            return scheduler.Failed(
                index, attempt, "user", RunError(f"{task} was answered with the reply of {reply.id}")
            )
        if isinstance(reply, Done):
            self._done[index] = reply
            return scheduler.Succeeded(index, attempt)
        return scheduler.Failed(index, attempt, "user", TaskFailedError(_sentence(task, reply), str(task), reply))


def _sentence(task: TaskId, report: Failed) -> str:
    where = ""
    if report.file is not None and report.file not in report.message:
        where = f" at {report.file}"
        if report.offset is not None:
            where += f", byte {report.offset}"
    if report.preview and (where or report.file is None):
        where += f" ({'record' if report.file is not None else 'key'} {report.preview})"
    message = report.message or "no message"
    what = message if report.kind == "data" else f"{report.error}: {message}"
    return f"{task} failed{where}: {what}"
