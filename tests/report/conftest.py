"""Reports of runs that never were: events as a driver tells them, on a clock of their own."""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random
from typing import Any

import msgspec

from corral_core.errors import TaskFailedError, WorkerLost
from corral_core.events import PhaseFinished, PhaseStarted, RunStarted, TaskFinished, TaskStarted
from corral_core.report.api import Report, SettingValue, Versions
from corral_core.report.recorder import Recorder, RunFacts
from corral_core.tasks import Done, Failed, Output, Split, Stats, TaskId

FACTS = RunFacts(
    outputs=[Output(f"/place/out/output-{n}", 100 + n, 10, "crc32:00000000") for n in range(4)],
    dead_letters=None,
    counters={"lines": 12},
    usage="",
    cost=[],
    slots=8,
    settings=[
        SettingValue("splitSize", "10 MB", "flag --split-size", "Input", default=False),
        SettingValue("reducers", "none", "default", "Shuffle", default=True),
    ],
    versions=Versions("0.1.0", "3.13.1", "Linux", {"corral-local-process": "0.1.0"}),
)


class Made:
    """A run of one stage, told event by event.

    :param words: stands in every name and message that comes from outside.
    """

    def __init__(self, words: str = "", session: int = 0) -> None:
        self.now = 100.0
        self.recorder = Recorder(lambda: self.now)
        self._words, self._session, self._dice = words, session, Random(session)

    def start(self) -> None:
        self.tell(RunStarted("20260102-030405-0123abcd", "simulated", f"/place/out{self._words}", 1, 3, 10**9))

    def tell(self, event: Any) -> None:
        self.recorder.on_event(event)

    def phase(self, phase: Any, tasks: int, slots: int, *, failing: float = 0.01, ends: bool = True) -> None:
        """Tasks of about two seconds, of which some fail, some are slow, and some of these get a backup."""
        self.tell(PhaseStarted(0, f"counting{self._words}", phase, tasks, 10**8, 0))
        coming: list[tuple[float, int, int, bool]] = []
        waiting = [(number, 0, False) for number in reversed(range(tasks))]
        done: set[int] = set()
        while coming or waiting:
            while waiting and len(coming) < slots:
                number, attempt, backup = waiting.pop()
                slow = 12.0 if number % 97 == 5 and not backup else 1.0
                self.tell(TaskStarted(self.id(phase, number, attempt), backup, self._splits(phase, number)))
                heappush(coming, (self.now + slow * self._dice.uniform(1.0, 3.0), number, attempt, backup))
                if slow > 1 and number % 2:
                    waiting.insert(0, (number, attempt + 1, True))
            self.now, number, attempt, _ = heappop(coming)
            if number in done:
                self.tell(
                    TaskFinished(self.id(phase, number, attempt), self._done(phase, number, attempt), None, "late")
                )
            elif self._dice.random() < failing:
                self._fail(self.id(phase, number, attempt), number)
                waiting.append((number, attempt + 1, False))
            else:
                done.add(number)
                self.tell(TaskFinished(self.id(phase, number, attempt), self._done(phase, number, attempt)))
        if ends:
            self.tell(PhaseFinished(0, phase, Stats()))

    def report(self, error: BaseException | None = None, **facts: Any) -> bytes:
        return b"".join(self.recorder.encoded(error, FACTS._replace(**facts)))

    def id(self, phase: Any, number: int, attempt: int = 0) -> TaskId:
        return TaskId("20260102-030405-0123abcd", 0, phase, number, attempt, self._session)

    def _splits(self, phase: str, number: int) -> tuple[Split, ...]:
        size = 10**6
        return (Split(f"/in/{number // 50}{self._words}.txt", number * size, (number + 1) * size, 10**9),) * (
            phase == "map"
        )

    def _done(self, phase: Any, number: int, attempt: int) -> Done:
        share = 5 if phase == "reduce" and number == 3 else 1
        stats = Stats(
            records_in=10_000 * share + number,
            bytes_in=10**6 * share,
            records_out=5_000,
            bytes_out=400_000,
            seconds=self._dice.uniform(0.4, 1.0),
            peak_memory=80_000_000 + 1000 * number,
            requests={"GET": 2, "PUT": 1},
        )
        return Done(self.id(phase, number, attempt), stats, {})

    def _fail(self, task: TaskId, number: int) -> None:
        if number % 2:
            lost = TaskFailedError(f"{task} failed", str(task))
            lost.__cause__ = WorkerLost(f"its process {number} ended{self._words}")
            self.tell(TaskFinished(task, None, lost, "failed"))
            return
        told = f"Traceback (most recent call last):\n  File job.py, line 3{self._words}"
        report = Failed(
            task, "user", "ValueError", f"no number{self._words}", told, f"/in/{self._words}", 17, f"'a{self._words}'"
        )
        self.tell(TaskFinished(task, report, TaskFailedError("failed", str(task), report), "failed"))


def made(tasks: int, slots: int = 40, *, words: str = "", reducers: int = 16) -> bytes:
    """The report of a run that ended well, as JSON."""
    run = Made(words)
    run.start()
    run.phase("map", tasks, slots)
    run.phase("reduce", reducers, slots)
    return run.report(counters={f"lines{words}": 12})


def decoded(data: bytes) -> Report:
    return msgspec.json.decode(data, type=Report)
