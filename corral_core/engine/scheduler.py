"""The scheduler of one phase: a pure state machine. Events go in, commands come out; it does nothing itself, and it is
told what time it is.

::

    fresh ──> ready ──Submit──> under way ──Succeeded──────────────────> done
                ▲                 │   ▲  │
                │                 │   └──┘ a backup, when it straggles
                │                 ▼
                ├── Throttled, and all admission slows
                ├── rests ◄── failed, and attempts are left ───────────> End
                │                 │   none is left, or the user's code twice
                │                 ▼
                └── pieces ◄Cut── Bisect, after a time-out or too little memory

An attempt that the machine gave up may still answer. Its success counts as long as its task is open; anything else
that it says only frees its slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.engine.scheduling.api import (
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
    Started,
    Submit,
    Succeeded,
    Tick,
    Uncut,
)
from corral_core.engine.scheduling.attempts import Flight, Task
from corral_core.engine.scheduling.backlog import Backlog
from corral_core.engine.scheduling.stragglers import Stragglers
from corral_core.engine.scheduling.throttle import Throttle, backoff
from corral_core.errors import ExecutorUnavailable, TaskTimeout, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from random import Random

    from corral_core.engine.scheduling.attempts import Attempt

__all__ = [
    "Bisect",
    "Cancel",
    "Command",
    "Cut",
    "End",
    "Event",
    "Failed",
    "Fault",
    "Gone",
    "Interrupted",
    "Policy",
    "Scheduler",
    "Started",
    "Submit",
    "Succeeded",
    "Tick",
    "Uncut",
]

USER_TRIES = 2
"""An exception in the user's code is told when it came twice: code that fails by chance deserves one more try."""


class Scheduler:
    """Tasks ``0`` to ``tasks - 1``, in this order as far as slots allow.

    The same events at the same times give the same commands, for a ``random`` of the same seed. Nothing is kept of
    tasks that have not begun or are over.

    :param weights: by task, such as bytes of input: a task that has more to do takes longer before it is a straggler.
    :param done: tasks that an earlier session did.
    :param cut: tasks that it cut, and into which; the pieces are tasks like others, and may be done or cut themselves.
    """

    def __init__(
        self,
        tasks: int,
        policy: Policy,
        random: Random,
        *,
        weights: Sequence[int] | None = None,
        done: Collection[int] = (),
        cut: Mapping[int, tuple[int, ...]] | None = None,
    ) -> None:
        self._policy, self._random = policy, random
        over = {*done, *(cut or ())}
        pieces = [piece for into in (cut or {}).values() for piece in into if piece not in over]
        self._backlog = Backlog(tasks, over)
        for piece in pieces:
            self._backlog.put(piece)
        self._left = tasks - sum(number < tasks for number in over) + len(pieces)
        self._succeeded = len(done)
        self._open: dict[int, Task] = {}
        self._flight = Flight(zombies_hold=not policy.can_cancel)
        self._throttle = Throttle(policy.limit, random)
        self._stragglers = Stragglers(policy.backup_factor, weights)
        self._stuck_at: float | None = None
        self._ended = False
        self._now = 0.0
        self._commands: list[Command] = []

    def handle(self, event: Event, now: float) -> list[Command]:
        """What to do now, in this order. After an :class:`End`, events change nothing.

        :param now: seconds on a clock that never goes back.
        """
        if self._ended:
            return []
        self._now, self._commands = now, []
        self._hear(event)
        self._give_up_overdue()
        self._backlog.rouse(now)
        self._fill_slots()
        self._back_up_stragglers()
        self._end_if_stuck()
        return self._commands

    @property
    def wake(self) -> float | None:
        """When to :meth:`handle` a :class:`Tick` if nothing happens before; None when time alone changes nothing."""
        if self._ended:
            return None
        moments = [self._backlog.wake, self._stuck_at]
        if self._throttle.until > self._now:
            moments.append(self._throttle.until)
        if self._policy.timeout is not None and (oldest := self._flight.oldest) is not None:
            moments.append(oldest.since + self._policy.timeout)
        if self._may_back_up() and (straggler := self._stragglers.first()) is not None:
            moments.append(straggler[0])
        return min((moment for moment in moments if moment is not None), default=None)

    def _hear(self, event: Event) -> None:
        match event:
            case Succeeded():
                self._on_succeeded(event)
            case Failed():
                self._on_failed(event)
            case Gone():
                self._on_gone(event)
            case Cut():
                self._on_cut(event)
            case Uncut():
                self._on_uncut(event)
            case Interrupted():
                self._end(done=False)
            case Started() | Tick():
                if not self._left:
                    self._end(done=True)

    def _on_succeeded(self, event: Succeeded) -> None:
        attempt = self._settle(event.task, event.attempt)
        if attempt is None or attempt.task.closed:
            return
        self._throttle.succeeded(attempt.epoch)
        self._stragglers.durations.add(self._now - attempt.since)
        self._succeeded += 1
        self._close(attempt.task)
        if not self._left:
            self._end(done=True)

    def _on_failed(self, event: Failed) -> None:
        attempt = self._settle(event.task, event.attempt)
        if attempt is None or attempt.given_up:
            return
        if event.fault == "throttled":
            self._refused(attempt, event.error)
        else:
            self._throttle.answered()
            self._failed(attempt.task, event.fault, event.error)

    def _on_gone(self, event: Gone) -> None:
        attempt = self._settle(event.task, event.attempt)
        if attempt is not None and not attempt.given_up:
            error = WorkerLost("the executor cancelled it, and nobody had asked; see what the executor logged")
            self._failed(attempt.task, "place", error)

    def _on_cut(self, event: Cut) -> None:
        task = self._open.get(event.task)
        if task is not None and task.asked is not None:
            self._close(task)
            self._left += len(event.into)
            for piece in event.into:
                self._backlog.put(piece)

    def _on_uncut(self, event: Uncut) -> None:
        task = self._open.get(event.task)
        if task is not None and task.asked is not None:
            error, task.asked = task.asked, None
            self._try_again(task, error)

    def _refused(self, attempt: Attempt, error: Exception) -> None:
        task = attempt.task
        task.refused += 1
        if self._throttle.refused(attempt.epoch, self._flight.live, self._now):
            self._end(done=False, error=error, task=task.number)
        elif task.live:
            self._stragglers.watch(task.live[0])
        else:
            self._backlog.put(task.number)

    def _failed(self, task: Task, fault: Fault, error: Exception) -> None:
        """An attempt is over that was counted on. While the task has another under way, that one decides."""
        task.failures += 1
        task.user_failures += fault == "user"
        if task.user_failures >= USER_TRIES:
            self._end(done=False, error=error, task=task.number)
        elif task.live:
            self._stragglers.watch(task.live[0])
        elif fault in ("timeout", "memory"):
            task.asked = error
            self._commands.append(Bisect(task.number, error))
        else:
            self._try_again(task, error)

    def _try_again(self, task: Task, error: Exception) -> None:
        if task.used >= self._policy.max_attempts:
            self._end(done=False, error=error, task=task.number)
        else:
            self._backlog.rest(task.number, self._now + backoff(task.failures, self._random))

    def _give_up_overdue(self) -> None:
        timeout = self._policy.timeout
        if timeout is None:
            return
        while not self._ended and (oldest := self._flight.oldest) is not None and oldest.since + timeout <= self._now:
            self._give_up(oldest)
            error = TaskTimeout(
                f"no answer within {timeout:g} s of its submission; raise taskTimeout, or give a task less to do with "
                "mapBinSize or reduceBinSize"
            )
            self._failed(oldest.task, "timeout", error)

    def _fill_slots(self) -> None:
        while self._has_slot() and (number := self._backlog.take()) is not None:
            if (task := self._open.get(number)) is None:
                task = self._open[number] = Task(number)
            self._stragglers.watch(self._submit(task))

    def _back_up_stragglers(self) -> None:
        while self._may_back_up() and (straggler := self._stragglers.first()) is not None:
            moment, attempt = straggler
            if moment > self._now:
                return
            self._stragglers.forget(attempt)
            if attempt.task.used < self._policy.max_attempts:
                self._submit(attempt.task)

    def _may_back_up(self) -> bool:
        """A slot is left over that no task waits for, and enough are done to know how long they take."""
        enough = self._policy.backup_fraction * (self._succeeded + self._left)
        return self._succeeded >= enough and self._has_slot()

    def _has_slot(self) -> bool:
        flight = self._flight
        return not self._ended and flight.held < self._policy.limit and self._throttle.admits(flight.live, self._now)

    def _end_if_stuck(self) -> None:
        """When attempts that were given up hold all slots, wait as long as an attempt may take, and no longer."""
        timeout = self._policy.timeout
        if self._ended or timeout is None or self._flight.live or self._flight.held < self._policy.limit:
            self._stuck_at = None
        elif self._stuck_at is None:
            self._stuck_at = self._now + timeout
        elif self._now >= self._stuck_at:
            what = "all slots are" if self._policy.limit > 1 else "the only slot is"
            error = ExecutorUnavailable(
                f"{what} held by tasks that were given up after {timeout:g} s and did not end in as long again, so no "
                "other can start; see what keeps the workers, or raise taskTimeout"
            )
            self._end(done=False, error=error)

    def _submit(self, task: Task) -> Attempt:
        attempt = self._flight.submit(task, self._now, self._throttle.epoch)
        self._commands.append(Submit(task.number, attempt.number))
        return attempt

    def _settle(self, task: int, attempt: int) -> Attempt | None:
        settled = self._flight.settle(task, attempt)
        if settled is not None:
            self._stragglers.forget(settled)
        return settled

    def _give_up(self, attempt: Attempt) -> None:
        self._flight.give_up(attempt)
        self._stragglers.forget(attempt)
        self._commands.append(Cancel(attempt.task.number, attempt.number))

    def _close(self, task: Task) -> None:
        task.closed = True
        del self._open[task.number]
        self._left -= 1
        self._backlog.drop(task.number)
        for attempt in list(task.live):
            self._give_up(attempt)

    def _end(self, *, done: bool, error: Exception | None = None, task: int | None = None) -> None:
        while (attempt := self._flight.oldest) is not None:
            self._give_up(attempt)
        self._ended = True
        self._commands.append(End(done, error, task))
