"""How many cores this process may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["available_cores"]

_CGROUP = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = _CGROUP) -> int:
    """The cores that the scheduler gives to this process, or the container's CPU quota where that is less."""
    cores = _schedulable()
    quota = _quota(cgroup)
    return cores if quota is None else max(1, min(cores, quota))


def _schedulable() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quota(cgroup: Path) -> int | None:
    """The cgroup's limit in whole cores, rounded up; None without one. Version 2 first, then version 1."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((cgroup / file).read_text("ascii") for file in files).split()
            if int(quota) > 0:
                return -(-int(quota) // int(period))
        except (OSError, ValueError, ZeroDivisionError):  # not there, "max", or nothing that we can read
            continue
    return None
