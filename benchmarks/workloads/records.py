"""Records of a hundred bytes: sorted, or all under one key; in memory, and beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contenders import corral, peer
from benchmarks.data import MB
from benchmarks.workloads.api import Workload, megabytes

if TYPE_CHECKING:
    from benchmarks.workloads.api import Scale

__all__ = ["hot_key", "memory_hot_key", "memory_sort", "sort"]

RECORDS = "benchmarks/jobs/records.py"


def sort(scale: Scale) -> Workload:
    """Every record a key of its own: the shuffle carries the whole input."""
    records = scale.inputs.records(scale.size)
    return Workload(
        f"sort, {megabytes(scale.size)} of unique 100-byte records",
        [
            peer("hand-written, one process", "handwritten.py", "sort", records),
            corral("corral", f"{RECORDS}:ordered", records),
            peer("DuckDB", "duckdb_sql.py", "sort", records, needs="duckdb"),
        ],
        full=scale.full,
    )


def hot_key(scale: Scale) -> Workload:
    """One key with all values: one reducer's work."""
    records = scale.inputs.records(scale.size)
    return Workload(
        f"one hot key, {megabytes(scale.size)} of values",
        [
            peer("hand-written", "handwritten.py", "hot", records),
            corral("corral", f"{RECORDS}:hot", records),
        ],
        full=scale.full,
    )


def memory_sort(scale: Scale) -> Workload:
    """A sort of far more than the memory that a task may use."""
    return _memory(scale, "unique 100-byte records", "ordered")


def memory_hot_key(scale: Scale) -> Workload:
    """One key with far more values than the memory that a task may use."""
    return _memory(scale, "values under one key", "hot")


def _memory(scale: Scale, what: str, job: str) -> Workload:
    sizes = scale.memory_size // 10, scale.memory_size
    files = [scale.inputs.records(size) for size in sizes]
    answers = files if job == "ordered" else [scale.inputs.measured(size) for size in sizes]
    return Workload(
        f"{megabytes(scale.memory_size)} of {what}, taskMemory 128 MB, 2 reducers",
        [
            corral(
                f"corral, {megabytes(size)}",
                f"{RECORDS}:{job}",
                file,
                units=size,
                expected=answer,
                task_memory="128MB",
                reducers="2",
            )
            for size, file, answer in zip(sizes, files, answers, strict=True)
        ],
        full=scale.memory_size >= 1000 * MB,
    )
