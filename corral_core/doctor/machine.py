"""What this machine lets a run have: memory, open files, room on disks. Read from the system; nothing is tried out."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.settings.sizes import show_size

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["available_memory", "machine", "memory_finding", "spill_findings"]

_FILES = 1024
"""Open files that a merge of hundreds of segments needs, and what most systems give."""
_GIB = 2**30


def machine(spill_directory: str | None, task_memory: int, tasks: int) -> Iterator[Finding]:
    """Memory for the tasks that run here at once, open files, and where they spill.

    :param task_memory: bytes of one task.
    :param tasks: that run here at once; 0 for none, which run elsewhere.
    """
    if tasks and (available := available_memory()) is not None:
        yield memory_finding(available, task_memory, tasks)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit >= _FILES:
        yield Finding("open files", "ok", "no limit" if limit == resource.RLIM_INFINITY else f"{limit:,} at once")
    else:
        yield Finding(
            "open files", "warning", f"only {limit:,} at once, too few for large shuffles", f"ulimit -n {_FILES}"
        )
    if tasks:
        yield from spill_findings(spill_directory, task_memory * tasks)


def memory_finding(available: int, task_memory: int, tasks: int) -> Finding:
    """Whether all tasks may fill their budgets at once."""
    need = task_memory * tasks
    said = (
        f"{_gib(available)} free; {tasks} at once with a taskMemory of {show_size(task_memory)} take up to {_gib(need)}"
    )
    if need <= available:
        return Finding("memory", "ok", said)
    return Finding(
        "memory", "warning", said, f"--task-memory {max(1, available // tasks // 2**20)}MiB, or fewer workers at once"
    )


def available_memory(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that may still be taken: what the kernel has, or what a container's limit leaves where that is less; None
    where the system does not tell."""
    try:
        lines = (proc / "meminfo").read_text("ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    return min([free, *_left_by_cgroups(proc, cgroups)])


def _left_by_cgroups(proc: Path, cgroups: Path) -> Iterator[int]:
    """What each limit above this process leaves: version 2 for every group up to the root, and version 1."""
    yield from _left(cgroups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    try:
        lines = (proc / "self" / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    own = cgroups / next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    for group in (own, *own.parents):
        if group.is_relative_to(cgroups):
            yield from _left(group, "memory.max", "memory.current", "inactive_file")


def _left(group: Path, limit: str, used: str, cached: str) -> Iterator[int]:
    try:
        most, now = (int((group / name).read_text("ascii")) for name in (limit, used))
        rows = (line.split() for line in (group / "memory.stat").read_text("ascii").splitlines())
    except (OSError, ValueError):  # not there, or "max"
        return
    # Files that nobody has looked at for a while make room when somebody needs it.
    yield max(0, most - now + next((int(size) for name, size in rows if name == cached), 0))


def spill_findings(directory: str | None, need: int) -> Iterator[Finding]:
    """Whether tasks can spill.

    :param need: bytes that should be free at least.
    """
    path = Path(directory or tempfile.gettempdir())
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        why = "can't be written" if path.is_dir() else "is no directory"
        yield Finding("spill directory", "failed", f"{path} {why}", "give another --spill-directory")
        return
    free = shutil.disk_usage(path).free
    said = f"{_gib(free)} free in {path}"
    if free < need:
        remedy = f"make room, or give a --spill-directory with {_gib(need)} or more"
        yield Finding("spill directory", "warning" if free > need // 16 else "failed", said, remedy)
    elif _file_system(path) == "tmpfs":
        yield Finding(
            "spill directory", "warning", f"{said}, which is memory (tmpfs)", "give a --spill-directory on a disk"
        )
    else:
        yield Finding("spill directory", "ok", said)


def _file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system that holds a path; empty where the system does not tell."""
    try:
        rows = [line.split(" ") for line in mounts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    above = {str(path.resolve()), *map(str, path.resolve().parents)}
    holding = [(len(row[1]), row[2]) for row in rows if row[1] in above]
    return max(holding, default=(0, ""))[1]


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f} GiB" if size >= _GIB // 10 else f"{size / 2**20:.0f} MiB"
