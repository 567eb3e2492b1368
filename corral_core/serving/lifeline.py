"""Ends a worker with its parent, whatever the worker is doing.

The parent holds the writing end of a pipe and never writes; the kernel closes it when the parent ends, even by
SIGKILL. The reading end tells the worker, in two ways:

- Linux signals the worker's process group itself (``O_ASYNC`` with ``F_SETSIG``, see fcntl(2)), which also ends a
  mapper inside C code that never lets go of the interpreter lock.
- A thread waits for the end of the pipe. It also looks for a new parent, because a process that the parent's own
  code forked may hold the pipe open longer than the parent lives.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import threading

__all__ = ["end_with_parent"]

_PARENT_CHECK_MS = 500


def end_with_parent(pipe: int, parent: int) -> None:
    """Tie this process and its group to the parent.

    :param pipe: the reading end, owned from now on.
    :param parent: its process id.
    """
    _ask_kernel(pipe)
    threading.Thread(target=_watch, args=(pipe, parent), name="corral-lifeline", daemon=True).start()


def _ask_kernel(pipe: int) -> None:
    if sys.platform == "linux":
        try:
            fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(pipe, fcntl.F_SETFL, os.O_ASYNC)
        except OSError:  # a kernel (or a sandbox in its place) without it; the thread does for all but C code
            return


def _watch(pipe: int, parent: int) -> None:
    ends = select.poll()
    ends.register(pipe, select.POLLIN)
    while os.getppid() == parent:
        if ends.poll(_PARENT_CHECK_MS):  # nobody writes, so only the end of the pipe wakes it
            break
    os.killpg(os.getpgrp(), signal.SIGKILL)
