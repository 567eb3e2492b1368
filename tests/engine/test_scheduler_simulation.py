"""The scheduler in a hostile world with a clock of its own, made from a seed.

Places lose workers, refuse, run out of memory, hang, answer twice, and answer after they were given up; tasks are cut;
users interrupt and resume. A referee, who keeps books of his own, sees every event and every command.

Hypothesis names the seed of a schedule that fails. ``python tests/engine/test_scheduler_simulation.py SEED`` tells that
schedule, event by event.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral_core.engine.scheduler import (
    Bisect,
    Cancel,
    Command,
    Cut,
    End,
    Event,
    Failed,
    Fault,
    Gone,
    Interrupted,
    Policy,
    Scheduler,
    Started,
    Submit,
    Succeeded,
    Tick,
    Uncut,
)
from corral_core.engine.scheduling.throttle import CAP, PATIENCE
from corral_core.errors import ExecutorUnavailable, TaskTimeout, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS_AT_MOST = 50_000
"""In a phase of some dozens of tasks: it goes in circles."""

Key = tuple[int, int]
"""An attempt: the task's number and its own."""


class Told(Exception):
    """What an attempt failed with."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass
class Work:
    """The tasks of a phase, over all sessions: how large they are, what is done, what is cut into what."""

    sizes: list[int]
    tasks: int
    done: set[int] = field(default_factory=set)
    cut: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def over(self) -> set[int]:
        return self.done | self.cut.keys()

    @property
    def known(self) -> set[int]:
        """Of all that were made of tasks, those that took their places."""
        return {*range(self.tasks), *(piece for into in self.cut.values() for piece in into)}

    @property
    def leaves(self) -> int:
        return len(self.known) - len(self.cut)

    def whole(self, task: int) -> bool:
        """It is done, or all its pieces are."""
        return task in self.done or (task in self.cut and all(map(self.whole, self.cut[task])))

    def pieces(self, task: int, dice: Random) -> tuple[int, ...]:
        """New tasks that do its work; none when it can't be cut."""
        size = self.sizes[task]
        ways = min(size, dice.choice([2, 2, 3]))
        if ways < 2:
            return ()
        first = len(self.sizes)
        self.sizes += [size * (way + 1) // ways - size * way // ways for way in range(ways)]
        return tuple(range(first, first + ways))


@dataclass
class Referee:
    """Keeps books on every attempt and objects to what breaks a promise."""

    policy: Policy
    work: Work
    now: float = 0.0
    live: dict[Key, float] = field(default_factory=dict)
    """With the times of their submission."""
    given_up: set[Key] = field(default_factory=set)
    submitted: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    user_failures: Counter[int] = field(default_factory=Counter)
    asked: dict[int, Exception] = field(default_factory=dict)
    refused_since: float | None = None
    ever_refused: bool = False
    interrupted: bool = False
    end: End | None = None

    def hear(self, event: Event) -> None:
        """Of what the scheduler is about to hear."""
        if isinstance(event, Succeeded | Failed | Gone):
            self._hear_of_attempt(event)
        elif isinstance(event, Cut | Uncut):
            asked = self.asked.pop(event.task, None)
            if isinstance(event, Cut) and asked is not None:
                self.work.cut[event.task] = event.into
        elif isinstance(event, Interrupted):
            self.interrupted = True

    def _hear_of_attempt(self, event: Succeeded | Failed | Gone) -> None:
        key = event.task, event.attempt
        live = self.live.pop(key, None) is not None
        if not live and key not in self.given_up:
            return
        self.given_up.discard(key)
        if isinstance(event, Succeeded):
            if event.task not in self.work.over:
                self.work.done.add(event.task)
                self.asked.pop(event.task, None)
                self.refused_since = None
        elif isinstance(event, Failed) and live:
            self._hear_of_failure(event)

    def _hear_of_failure(self, event: Failed) -> None:
        if event.fault == "throttled":
            self.refused[event.task] += 1
            self.ever_refused = True
            if self.refused_since is None:
                self.refused_since = self.now
        else:
            self.refused_since = None
            self.user_failures[event.task] += event.fault == "user"

    def see(self, command: Command) -> None:
        """What the scheduler wants done."""
        assert self.end is None, "there is nothing after the end"
        if isinstance(command, Submit):
            self._see_submit(command.task, command.attempt)
        elif isinstance(command, Cancel):
            self.given_up.add((command.task, command.attempt))
            del self.live[command.task, command.attempt]
        elif isinstance(command, Bisect):
            assert command.task not in self.work.over
            assert not self._live_of(command.task), "another attempt may still do it"
            self.asked[command.task] = command.error
        else:
            self.end = command

    def _see_submit(self, task: int, attempt: int) -> None:
        assert task in self.work.known
        assert task not in self.work.over, "it is over"
        assert task not in self.asked, "it may be cut"
        assert attempt == self.submitted[task], "attempts are numbered without gaps"
        running = self._live_of(task)
        if running:
            self._see_backup(running)
        self.submitted[task] += 1
        self.live[task, attempt] = self.now
        assert self._used(task) <= self.policy.max_attempts
        assert self.held <= self.policy.limit

    def _see_backup(self, running: list[float]) -> None:
        assert self.policy.backup_factor
        assert len(running) == 1, "one backup at a time"
        assert self.now - running[0] > 0.999
        assert self._begun(), "fresh tasks come first"
        assert len(self.work.done) >= self.policy.backup_fraction * self.work.leaves

    def settle_accounts(self, wake: float | None) -> None:
        """After the commands of one event."""
        if self.end is not None:
            assert wake is None
            assert not self.live, "what is under way at the end is cancelled"
            self._check_end(self.end)
            return
        assert wake is None or wake > self.now, "it would spin"
        assert self.live or self.held or self.asked or wake is not None, "it would sleep for ever"
        assert any(not self.work.whole(task) for task in range(self.work.tasks))
        assert all(failures < 2 for failures in self.user_failures.values())
        for (task, _), since in self.live.items():
            assert task not in self.work.over, "nobody needs it any more"
            assert self.policy.timeout is None or self.now < since + self.policy.timeout
        if not self.ever_refused and not self._begun():
            assert self.held == self.policy.limit, "a slot is idle"

    def _check_end(self, end: End) -> None:
        if end.done:
            assert end.error is None
            assert all(map(self.work.whole, range(self.work.tasks)))
        elif end.error is None:
            assert self.interrupted
        elif end.task is None:
            assert isinstance(end.error, ExecutorUnavailable)
            assert self.held == self.policy.limit
        else:
            assert end.task not in self.work.over
            self._check_failure(end.task, end.error)

    def _check_failure(self, task: int, error: Exception) -> None:
        if isinstance(error, Told) and error.fault == "throttled":
            assert self.refused_since is not None
            assert self.now - self.refused_since >= PATIENCE
        elif isinstance(error, Told) and error.fault == "user":
            assert self.user_failures[task] == 2 or self._used(task) == self.policy.max_attempts
        else:
            assert isinstance(error, Told | TaskTimeout | WorkerLost)
            assert self._used(task) == self.policy.max_attempts

    @property
    def held(self) -> int:
        return len(self.live) + (0 if self.policy.can_cancel else len(self.given_up))

    def _used(self, task: int) -> int:
        return self.submitted[task] - self.refused[task]

    def _live_of(self, task: int) -> list[float]:
        return [since for (number, _), since in self.live.items() if number == task]

    def _begun(self) -> bool:
        return all(self.submitted[task] or task in self.work.over for task in range(self.work.tasks))


FATES: dict[str, float] = {"place": 1, "user": 0.2, "timeout": 0.3, "slow": 1, "hang": 1, "gone": 0.2}
"""What becomes of an attempt, beside success, and how often in a world that is bad at it."""


class Place:
    """Where attempts run, by dice: what happens to them, and when."""

    def __init__(self, dice: Random, policy: Policy, work: Work) -> None:
        self._dice, self._policy, self._work = dice, policy, work
        self._odds = {fate: odds * dice.choice([0, 0, 0.1, 0.4]) for fate, odds in FATES.items()}
        if policy.timeout is None:
            self._odds["hang"] = 0  # an attempt that may take for ever will
        self._twice = dice.choice([0, 0, 0.2])
        self._memory = dice.choice([1, 2, 4, 1000, 1000])
        self._most = dice.choice([0, 1, 2, 1000, 1000, 1000]) if dice.random() < 0.5 else 1000
        self._coming: list[tuple[float, int, Event]] = []
        self._order = count()
        self.running: set[Key] = set()

    @property
    def next(self) -> float | None:
        return self._coming[0][0] if self._coming else None

    def take(self) -> tuple[float, Event]:
        when, _, event = heappop(self._coming)
        if isinstance(event, Succeeded | Failed | Gone):
            self.running.discard((event.task, event.attempt))
        return when, event

    def will(self, event: Event, when: float) -> None:
        heappush(self._coming, (when, next(self._order), event))

    def submit(self, task: int, attempt: int, now: float) -> None:
        if len(self.running) >= self._most:
            self.will(Failed(task, attempt, "throttled", Told("throttled")), now + self._dice.uniform(0, 0.5))
            return
        self.running.add((task, attempt))
        fate = self._fate(task)
        if fate == "hang":
            return
        end = now + self._seconds(task, slow=fate == "slow")
        self.will(self._answer(task, attempt, fate), end)
        while self._dice.random() < self._twice:
            self.will(self._answer(task, attempt, self._fate(task)), end + self._dice.uniform(0, 5))

    def cancel(self, task: int, attempt: int, now: float) -> None:
        """A place that can does as it is asked, mostly; for another it may be soon enough."""
        if self._dice.random() < (0.9 if self._policy.can_cancel else 0.3):
            self.will(Gone(task, attempt), now + self._dice.uniform(0, 0.5))

    def _fate(self, task: int) -> str:
        if self._work.sizes[task] > self._memory:
            return "memory"
        left = self._dice.random()
        for fate, odds in self._odds.items():
            left -= odds
            if left < 0:
                return fate
        return "success"

    def _seconds(self, task: int, *, slow: bool) -> float:
        seconds = self._dice.uniform(0.1, 2) * self._work.sizes[task]
        return seconds * self._dice.uniform(5, 100) if slow else seconds

    @staticmethod
    def _answer(task: int, attempt: int, fate: str) -> Event:
        if fate in ("success", "slow", "hang"):
            return Succeeded(task, attempt)
        if fate == "gone":
            return Gone(task, attempt)
        return Failed(task, attempt, fate, Told(fate))  # type: ignore[arg-type]  # what is left are faults


class Session:
    """One scheduler from its start to its end."""

    def __init__(self, dice: Random, policy: Policy, work: Work, log: Callable[[str], None]) -> None:
        self._dice, self._work, self._log = dice, work, log
        self._referee = Referee(policy, work)
        self._place = Place(dice, policy, work)
        self._scheduler = Scheduler(
            work.tasks,
            policy,
            Random(dice.random()),
            weights=work.sizes[: work.tasks] if dice.random() < 0.5 else None,
            done=set(work.done),
            cut=dict(work.cut),
        )
        self._answers: list[Event] = []
        self._now = 0.0
        self.events = 0

    def run(self, *, interrupt: float | None) -> End:
        self._tell(Started())
        if interrupt is not None:
            self._place.will(Interrupted(), interrupt)
        while self._referee.end is None:
            assert self.events < EVENTS_AT_MOST, "it goes in circles"
            self._tell(self._next())
        for event in (Tick(), Interrupted(), Succeeded(0, 0)):
            assert self._scheduler.handle(event, self._now) == []
        return self._referee.end

    def _next(self) -> Event:
        """What is asked is answered at once, or nearly so; the clock wakes a little late."""
        if self._answers and (self._dice.random() < 0.8 or self._place.next is None):
            return self._answers.pop(0)
        wake, coming = self._scheduler.wake, self._place.next
        if self._dice.random() < 0.02:
            return Tick()
        if coming is None or (wake is not None and wake < coming):
            assert wake is not None
            self._now = wake + self._dice.choice([0, 0, 0.01])
            return Tick()
        when, event = self._place.take()
        self._now = max(self._now, when)
        return event

    def _tell(self, event: Event) -> None:
        self.events += 1
        self._log(f"{self._now:10.3f} {event}")
        self._referee.now = self._now
        self._referee.hear(event)
        for command in self._scheduler.handle(event, self._now):
            self._log(f"           -> {command}")
            self._referee.see(command)
            self._obey(command)
        self._referee.settle_accounts(self._scheduler.wake)

    def _obey(self, command: Command) -> None:
        if isinstance(command, Submit):
            self._place.submit(command.task, command.attempt, self._now)
        elif isinstance(command, Cancel):
            self._place.cancel(command.task, command.attempt, self._now)
        elif isinstance(command, Bisect):
            into = self._work.pieces(command.task, self._dice) if self._dice.random() < 0.9 else ()
            self._answers.append(Cut(command.task, into) if into else Uncut(command.task))


def simulate(seed: int, log: Callable[[str], None] = lambda _: None) -> list[End]:
    """A phase in the world of this seed; the ends of its sessions, of which the last is no interrupt."""
    dice = Random(seed)
    tasks = dice.choice([0, 1, 2, 5, 10, 20, 40, 80])
    work = Work([dice.choice([1, 1, 1, 2, 5]) for _ in range(tasks)], tasks)
    ends: list[End] = []
    for session in count():
        policy = Policy(
            limit=dice.choice([1, 2, 3, 8, 100]),
            max_attempts=dice.choice([1, 2, 4, 6]),
            timeout=dice.choice([None, 5.0, 60.0]),
            backup_fraction=dice.choice([0.0, 0.5, 0.75, 1.0]),
            backup_factor=dice.choice([None, 0.0, 1.0, 2.0]),
            can_cancel=dice.random() < 0.5,
        )
        log(f"session {session}: {tasks} tasks, {len(work.done)} done, {policy}")
        interrupt = dice.uniform(0, 30) if session < 3 and dice.random() < 0.3 else None
        ends.append(Session(dice, policy, work, log).run(interrupt=interrupt))
        if ends[-1].done or ends[-1].error is not None:
            break
    return ends


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=300)
def test_every_schedule_ends_and_keeps_the_rules(seed: int) -> None:
    simulate(seed)


@pytest.mark.slow
@pytest.mark.parametrize("thousand", range(10))
def test_thousands_of_schedules_end_and_keep_the_rules(thousand: int) -> None:
    for seed in range(1000 * thousand, 1000 * (thousand + 1)):
        try:
            simulate(seed)
        except AssertionError as error:
            error.add_note(f"in the world of seed {seed}")
            raise


def test_a_seed_is_a_schedule() -> None:
    def told(seed: int) -> list[str]:
        lines: list[str] = []
        simulate(seed, lines.append)
        return lines

    for seed in range(50):
        assert told(seed) == told(seed)


def test_the_worlds_are_as_bad_as_they_should_be() -> None:
    """Otherwise the tests above could be of fair weather only."""
    lines: list[str] = []
    ends = [end for seed in range(300) for end in simulate(seed, lines.append)]
    told = Counter(word for line in lines for word in line.replace("(", " ").split()[:3])
    assert min(told[name] for name in ("Gone", "Cut", "Uncut", "Interrupted", "Cancel", "Bisect", "Tick")) > 30
    kinds = Counter(type(end.error).__name__ for end in ends if not end.done)
    assert kinds.keys() >= {"NoneType", "Told", "TaskTimeout", "ExecutorUnavailable", "WorkerLost"}
    faults = Counter(end.error.fault for end in ends if isinstance(end.error, Told))
    assert faults.keys() >= {"user", "place", "throttled", "memory"}
    assert sum(end.done for end in ends) > 100


def test_a_quiet_hour_is_a_handful_of_calls() -> None:
    scheduler = Scheduler(2, Policy(2, timeout=2 * 3600.0), Random(0))
    scheduler.handle(Started(), 0)
    scheduler.handle(Succeeded(0, 0), 1)
    calls = 0
    while (wake := scheduler.wake) is not None and wake < 3600:
        scheduler.handle(Tick(), wake)
        calls += 1
    assert calls <= 1


def test_an_hour_of_refusals_is_some_hundreds_of_calls() -> None:
    scheduler = Scheduler(1000, Policy(1000), Random(0))
    commands, now, calls = scheduler.handle(Started(), 0), 0.0, 1
    while not any(isinstance(command, End) for command in commands):
        answers: list[Command] = []
        for command in commands:
            assert isinstance(command, Submit)
            answers += scheduler.handle(Failed(command.task, command.attempt, "throttled", Told("throttled")), now)
            calls += 1
        wake = scheduler.wake
        if not answers and wake is not None:
            now, answers = wake, scheduler.handle(Tick(), wake)
            calls += 1
        commands = answers
    assert now <= PATIENCE + CAP
    assert calls <= 2 * 1000 + 500


if __name__ == "__main__":
    simulate(int(sys.argv[1]), print)
