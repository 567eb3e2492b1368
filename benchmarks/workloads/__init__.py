"""The workloads, by the names that ``--only`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.workloads.amplab import aggregation, join, scan
from benchmarks.workloads.records import hot_key, memory_hot_key, memory_sort, sort
from benchmarks.workloads.words import nothing, small_files, word_count, word_count_mrjob

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.workloads.api import Scale, Workload

__all__ = ["MEMORY", "WORKLOADS"]

MEMORY: dict[str, Callable[[Scale], Workload]] = {"memory-sort": memory_sort, "memory-hot-key": memory_hot_key}
"""Those with an input that must not fit in memory."""

WORKLOADS: dict[str, Callable[[Scale], Workload]] = {
    "word-count": word_count,
    "word-count-mrjob": word_count_mrjob,
    "amplab-1": scan,
    "amplab-2": aggregation,
    "amplab-3": join,
    "sort": sort,
    "hot-key": hot_key,
    "small-files": small_files,
    "nothing": nothing,
    **MEMORY,
}
