"""How much memory a function uses, by /proc, and its end when that is too much.

A cloud's limit is a cgroup's: the kernel kills the process that reaches it, and Python never sees a MemoryError. A
limit on address space would raise one, and counts what was only reserved. So a stack looks many times a second, and
kills.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

__all__ = ["kill_tree", "peak", "proportional", "resident"]

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(parent: int) -> int:
    """Bytes resident in all processes below one; its own don't count."""
    return sum(_pages(process) for process in _below(parent)) * _PAGE


def proportional(parent: int) -> int:
    """The same, with what processes share counted once; dearer to ask for."""
    return sum(_proportional(process) for process in _below(parent))


def peak(parent: int) -> int:
    """The most bytes that a child of this process had resident so far."""
    return max((_high_water(process) for process in _children(parent)), default=0)


def kill_tree(parent: int) -> None:
    """End all processes below one."""
    for process in _below(parent):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended by itself
            continue


def _below(parent: int) -> list[int]:
    found = _children(parent)
    return found + [process for child in found for process in _below(child)]


def _children(parent: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{parent}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]
    except OSError:  # it has ended
        return []


def _pages(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    except OSError:
        return 0


def _proportional(process: int) -> int:
    return _kilobytes(process, "smaps_rollup", "Pss:")


def _high_water(process: int) -> int:
    return _kilobytes(process, "status", "VmHWM:")


def _kilobytes(process: int, file: str, row: str) -> int:
    try:
        text = Path(f"/proc/{process}/{file}").read_text("ascii", "replace")
    except OSError:
        return 0
    lines = (line.split() for line in text.splitlines() if line.startswith(row))
    return next((int(words[1]) * 1024 for words in lines), 0)
