"""The job that :class:`~corral_core.testing.executors.ExecutorSuite` runs. Each input line says what to do."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from corral_core.job import Job, context, count
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ACTIONS", "acting", "counting"]

LONGEST_WAIT = 300
"""Seconds after which a task that waits gives up, so that none waits for ever for a test that is gone."""


def act(_: str, line: str) -> Iterator[tuple[str, None]]:
    """Do what the line says; what comes out of it is a line of the output."""
    count("lines")
    verb, _, argument = line.partition(" ")
    yield ACTIONS[verb](argument), None


def _task(_: str) -> str:
    where = context()
    return f"{where.run} {where.stage} {where.phase} {where.task} {where.attempt}"


def _fail(message: str) -> str:
    raise ValueError(message)


def _exit(code: str) -> str:
    os._exit(int(code))


def _kill(_: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "SIGKILL did not end this process"


def _hold(sign: str) -> str:
    """Leave a sign that the task runs, with the process's id, and never end."""
    Path(sign).write_text(str(os.getpid()), encoding="ascii")
    threading.Event().wait()
    return "nothing ends this wait"


def _wait(gate: str) -> str:
    """Say at a gate that the task is there, and end when it opens; see :class:`corral_core.testing.jobs.Gate`."""
    storage = storage_for(gate)
    with storage.create(storage.join(gate, "waiting")):
        pass
    deadline = time.monotonic() + LONGEST_WAIT
    while not storage.list(storage.join(gate, "open")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody opened {gate}")
        time.sleep(0.02)
    return "through"


def _tally(path: str) -> str:
    """Leave a mark of this attempt at this task; see :class:`corral_core.testing.jobs.Tally`."""
    storage = storage_for(path)
    with storage.create(storage.join(path, uuid4().hex)):
        pass
    return "counted"


def _boast(letters: str) -> str:
    """Make the reply as long as that: counters' names travel in it."""
    count("x" * int(letters))
    return "boasted"


ACTIONS: dict[str, Any] = {
    "boast": _boast,
    "echo": str,
    "exit": _exit,
    "fail": _fail,
    "hold": _hold,
    "kill": _kill,
    "pid": lambda _: str(os.getpid()),
    "tally": _tally,
    "task": _task,
    "wait": _wait,
}


def split_words(_: str, line: str) -> Iterator[tuple[str, int]]:
    """Each word once."""
    for word in line.split():
        yield word, 1


def add(word: str, ones: Iterator[int]) -> Iterator[tuple[str, int]]:
    """How often the word came."""
    yield word, sum(ones)


acting = Job(act)
counting = Job(split_words, add)
