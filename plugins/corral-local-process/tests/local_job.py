"""The sample job, with things to do that only local worker processes are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from corral_core.testing.sample_job import ACTIONS, acting, counting

__all__ = ["acting", "counting"]


def _print(text: str) -> str:
    print(text)
    return text


def _read_stdin(_: str) -> str:
    return repr(sys.stdin.read())


def _modules(_: str) -> str:
    return " ".join(sorted({name.split(".")[0] for name in sys.modules}))


def _unwind(sign: str) -> str:
    """Hold, and say at the sign when the hold ends after all."""
    try:
        return str(ACTIONS["hold"](sign))
    finally:
        Path(sign).write_text("unwound", encoding="ascii")


def _spin(sign: str) -> str:
    """Stay in C code that never lets go of the interpreter lock."""
    Path(sign).write_text(str(os.getpid()), encoding="ascii")
    return str(sum(range(10**15)))


def _child(sign: str) -> str:
    """Hold, with a child whose id is the sign."""
    child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    Path(sign).write_text(str(child.pid), encoding="ascii")
    threading.Event().wait()
    return "nothing ends this wait"


def _stop(_: str) -> str:
    breakpoint()  # noqa: T100  (what it does in a worker is tested)
    return "went on"


ACTIONS.update(child=_child, modules=_modules, print=_print, spin=_spin, stdin=_read_stdin, stop=_stop, unwind=_unwind)
