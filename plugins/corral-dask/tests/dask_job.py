"""What the tests' tasks do. Each input line says what; what comes out of it is a line of the output."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corral_core.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterator


def hold(sign: str) -> str:
    Path(sign).write_text(str(os.getpid()), encoding="ascii")
    threading.Event().wait()
    return ""


def deaf(sign: str) -> str:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return hold(sign)


def where(name: str) -> str:
    """The file of a module that is imported here."""
    return str(__import__(name).__file__)


def modules(_: str) -> str:
    return " ".join(sorted({name.partition(".")[0] for name in sys.modules}))


ACTIONS: dict[str, Any] = {
    "arguments": lambda _: " ".join(sys.orig_argv),
    "echo": str,
    "hold": hold,
    "deaf": deaf,
    "where": where,
    "modules": modules,
}


def act(_: str, line: str) -> Iterator[tuple[str, None]]:
    verb, _, argument = line.partition(" ")
    yield ACTIONS[verb](argument), None


acting = counting = Job(act)
