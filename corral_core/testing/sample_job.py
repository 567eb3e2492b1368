"""The job that :class:`~corral_core.testing.executors.ExecutorSuite` runs. Each input line says what to do."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corral_core.job import Job, context, count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ACTIONS", "acting", "counting"]


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


ACTIONS: dict[str, Any] = {
    "echo": str,
    "exit": _exit,
    "fail": _fail,
    "hold": _hold,
    "kill": _kill,
    "pid": lambda _: str(os.getpid()),
    "task": _task,
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
