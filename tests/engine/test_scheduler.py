"""The scheduler as a state machine: whatever happens in whatever order, its promises hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from corral_core.engine.scheduler import (
    Cancel,
    Command,
    End,
    Event,
    Failed,
    Interrupted,
    Scheduler,
    Started,
    Submit,
    Succeeded,
)


class Phase(RuleBasedStateMachine):
    @initialize(tasks=st.integers(0, 12), limit=st.integers(1, 5))
    def start(self, tasks: int, limit: int) -> None:
        self.tasks, self.limit = tasks, limit
        self.scheduler = Scheduler(tasks, limit)
        self.submitted: list[int] = []
        self.flying: set[tuple[int, int]] = set()
        self.won: set[int] = set()
        self.end: End | None = None
        self.stopped: Exception | bool = False
        self.tell(Started())

    def tell(self, event: Event) -> None:
        commands = self.scheduler.handle(event)
        assert self.end is None or commands == []
        for command in commands:
            self.obey(command)

    def obey(self, command: Command) -> None:
        assert self.end is None
        if isinstance(command, Submit):
            assert self.stopped is False
            self.submitted.append(command.task)
            self.flying.add((command.task, command.attempt))
        elif isinstance(command, Cancel):
            self.flying.remove((command.task, command.attempt))
        else:
            self.end = command

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        task, attempt = data.draw(st.sampled_from(sorted(self.flying)))
        self.flying.remove((task, attempt))
        self.won.add(task)
        self.tell(Succeeded(task, attempt))

    @precondition(lambda self: self.flying and self.end is None)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        task, attempt = data.draw(st.sampled_from(sorted(self.flying)))
        self.flying.remove((task, attempt))
        self.stopped = ValueError(f"task {task}")
        self.tell(Failed(task, attempt, self.stopped))
        assert self.end == End(done=False, error=self.stopped)

    @precondition(lambda self: self.end is None)
    @rule()
    def interrupt(self) -> None:
        self.stopped = True
        self.tell(Interrupted())
        assert self.end == End(done=False, error=None)

    @rule(task=st.integers(0, 12), attempt=st.integers(0, 2), ended_well=st.booleans())
    def hear_of_an_attempt_that_does_not_fly(self, task: int, attempt: int, *, ended_well: bool) -> None:
        if (task, attempt) in self.flying:
            return
        before = list(self.submitted)
        self.tell(Succeeded(task, attempt) if ended_well else Failed(task, attempt, ValueError("late")))
        assert self.submitted == before

    @invariant()
    def no_more_than_the_limit_fly(self) -> None:
        if hasattr(self, "flying"):
            assert len(self.flying) <= self.limit

    @invariant()
    def every_task_is_submitted_once_and_in_order(self) -> None:
        if hasattr(self, "submitted"):
            assert self.submitted == list(range(len(self.submitted)))

    @invariant()
    def slots_are_used_while_tasks_wait(self) -> None:
        if hasattr(self, "end") and self.end is None:
            assert len(self.flying) == min(self.limit, self.tasks - len(self.won))

    @invariant()
    def it_ends_when_all_is_done_and_not_before(self) -> None:
        if hasattr(self, "end") and self.stopped is False:
            assert (self.end == End(done=True)) == (len(self.won) == self.tasks)

    @invariant()
    def nothing_flies_after_the_end(self) -> None:
        if hasattr(self, "end") and self.end is not None:
            assert not self.flying


TestPhase = Phase.TestCase
TestPhase.settings = settings(settings.get_profile("quick"), stateful_step_count=40)
