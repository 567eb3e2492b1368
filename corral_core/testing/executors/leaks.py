"""What ``close`` must not leave behind in this process and on this machine."""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from corral_core.tasks import encode
from corral_core.testing.executors.base import ExecutorBase
from corral_core.testing.loop import SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.executor import Executor
    from corral_core.testing.jobs import TaskBench

__all__ = ["Leaks"]

PROC = Path("/proc")


class Leaks(ExecutorBase):
    """Threads, processes and descriptors, counted around a second opening: what a client starts once for the whole
    process is there after the first."""

    place_within: ClassVar[bool] = False
    """The place is an emulator in this very process, so that its processes and sockets can't be told from the
    executor's."""

    grace: ClassVar[float] = 10.0
    """Seconds for what has been told to end to be gone."""

    def test_close_leaves_no_thread(self, closed: Executor, bench: TaskBench) -> None:
        """Threads that ``open`` started are over when ``close`` has ended."""
        self._live(closed, bench)
        before = set(threading.enumerate())
        self._live(closed, bench)
        self._none(lambda: _threads_since(before), "threads")

    def test_close_leaves_no_process(self, closed: Executor, bench: TaskBench) -> None:
        """Processes that ``open`` started are over and waited for when ``close`` has ended."""
        self._look()
        self._live(closed, bench)
        before = _descendants()
        workers = self._live(closed, bench)
        self._none(lambda: sorted((_descendants() | set(filter(_is_there, workers))) - before), "processes")

    def test_close_leaves_no_socket_and_no_file(self, closed: Executor, bench: TaskBench) -> None:
        """Sockets, pipes and files that ``open`` opened are closed when ``close`` has ended."""
        self._look()
        self._live(closed, bench)
        before = len(_descriptors())
        self._live(closed, bench)

        def left() -> list[str]:
            # What a client renews is as many as before, so descriptors are counted and not told apart.
            found = _descriptors()
            return found if len(found) > before else []

        self._none(left, "more descriptors than before, among")

    def test_opening_twice_leaves_no_thread(self, closed: Executor, bench: TaskBench) -> None:
        """What a second ``open`` replaces is over when ``close`` has ended."""
        self._live(closed, bench)
        before = set(threading.enumerate())
        closed.open(bench.bundle())
        self.still_works(closed, bench)
        self._live(closed, bench)
        self._none(lambda: _threads_since(before), "threads")

    def _live(self, executor: Executor, bench: TaskBench) -> set[int]:
        """A whole life; the processes that its tasks ran in, but for this one."""
        executor.open(bench.bundle())
        futures = [executor.submit(encode(bench.acting("pid"))) for _ in range(20)]
        pids = {int(pid) for future in futures for pid in self.lines(bench, self.result(future))}
        executor.close()
        return pids - {os.getpid()} if not executor.capabilities.remote else set()

    def _none(self, left: Callable[[], list[Any]], what: str) -> None:
        deadline = time.monotonic() + self.grace
        while found := left():
            assert time.monotonic() < deadline, f"close leaves {what} {found}"
            time.sleep(0.01)  # between two looks, until the deadline above

    def _look(self) -> None:
        if self.place_within:
            pytest.skip("the place is an emulator in this process (place_within)")
        if not (PROC / "self" / "fd").is_dir():
            pytest.skip("this system has no /proc to look at")


def _threads_since(before: set[threading.Thread]) -> list[str]:
    """The names of new threads that are not those of servers for tests."""
    names = [thread.name for thread in set(threading.enumerate()) - before]
    return [name for name in names if not name.startswith(SERVERS)]


def _descriptors() -> list[str]:
    """What this process has open, but for what asking needs."""
    gc.collect()  # what a client left in a cycle goes with the next collection, and is no leak
    found = []
    for link in (PROC / "self" / "fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(link.readlink()))
    return sorted(target for target in found if target != f"/proc/{os.getpid()}/fd")


def _descendants() -> set[int]:
    """The processes that this one started, and those that they started."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parent = int(stat.read_text("ascii", "replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: set[int] = set()
    todo = [os.getpid()]
    while todo:
        more = children.get(todo.pop(), [])
        found.update(more)
        todo += more
    return found


def _is_there(pid: int) -> bool:
    """Whether a process of this user has this id; one that left its parent is nobody's descendant any more."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # the id may belong to somebody else by now
        return False
    return True
