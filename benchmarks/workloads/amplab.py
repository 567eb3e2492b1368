"""The three queries of the AMPLab big data benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contenders import corral, go_corral, peer
from benchmarks.workloads.api import Workload, megabytes

if TYPE_CHECKING:
    from benchmarks.workloads.api import Scale

__all__ = ["aggregation", "join", "scan"]


def scan(scale: Scale) -> Workload:
    """Query 1: read a table, leave a few of its rows."""
    rankings = scale.inputs.rankings(scale.size)
    return Workload(
        "AMPLab 1, scan of the rankings",
        [
            peer("DuckDB", "duckdb_sql.py", "scan", rankings, needs="duckdb"),
            corral("corral", "examples/amplab/scan.py", rankings),
            go_corral(scale.go_corral, "amplab1", rankings),
        ],
        full=scale.full,
    )


def aggregation(scale: Scale) -> Workload:
    """Query 2: sums of floats for many groups."""
    visits = scale.inputs.visits(scale.size)
    return Workload(
        f"AMPLab 2, aggregation of {megabytes(scale.size)} of visits",
        [
            peer("hand-written", "handwritten.py", "revenue", visits),
            corral("corral, Sum", "examples/amplab/aggregation.py", visits),
            peer("DuckDB", "duckdb_sql.py", "aggregation", visits, needs="duckdb"),
            go_corral(scale.go_corral, "amplab2", visits),
        ],
        near=True,
        full=scale.full,
    )


def join(scale: Scale) -> Workload:
    """Query 3: two tables, two stages."""
    tables = scale.inputs.rankings(scale.size), scale.inputs.visits(scale.size)
    return Workload(
        f"AMPLab 3, join with {megabytes(scale.size)} of visits",
        [
            peer("DuckDB", "duckdb_sql.py", "join", *tables, needs="duckdb"),
            corral("corral, two stages", "examples/amplab/join.py", *tables),
            go_corral(scale.go_corral, "amplab3", *tables),
        ],
        near=True,
        full=scale.full,
    )
