"""Word count: the usual text, a smaller one for a slow peer, many small files, and next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contenders import corral, go_corral, mrjob, peer
from benchmarks.workloads.api import SMALL_FILES, Workload, megabytes

if TYPE_CHECKING:
    from benchmarks.workloads.api import Scale

__all__ = ["nothing", "small_files", "word_count", "word_count_mrjob"]

WORDS = "benchmarks/jobs/word_count.py"
MRJOB_SHARE = 5
"""mrjob takes about a minute for 100 MB, so it is given a fifth, and the others beside it too."""


def word_count(scale: Scale) -> Workload:
    """Every form of the job, beside every peer that is fast enough for all of the text."""
    text = scale.inputs.text(scale.size)
    return Workload(
        f"word count, {megabytes(scale.size)} of Zipf text",
        [
            peer("hand-written", "handwritten.py", "words", text),
            corral("corral, Sum", f"{WORDS}:folded", text),
            corral("corral, batch form and Sum", f"{WORDS}:batched", text),
            corral("corral, batch form, a pair for each word", f"{WORDS}:paired", text),
            corral("corral, a combiner", f"{WORDS}:combined", text),
            corral("corral, no combiner", f"{WORDS}:plain", text),
            peer("Dask bag", "dask_bag.py", "", text, needs="dask"),
            peer("DuckDB", "duckdb_sql.py", "words", text, needs="duckdb"),
            go_corral(scale.go_corral, "word_count", text),
        ],
        full=scale.full,
    )


def word_count_mrjob(scale: Scale) -> Workload:
    """The same beside mrjob, on less text."""
    text = scale.inputs.text(scale.size // MRJOB_SHARE)
    return Workload(
        f"word count beside mrjob, {megabytes(scale.size // MRJOB_SHARE)} of Zipf text",
        [
            peer("hand-written", "handwritten.py", "words", text),
            corral("corral, a combiner", f"{WORDS}:combined", text),
            mrjob("mrjob local, a combiner", text),
        ],
        full=scale.full,
    )


def small_files(scale: Scale) -> Workload:
    """What a file costs that holds almost nothing."""
    count = scale.small_files
    return Workload(
        f"word count of {count:,} files of 1 KB",
        [
            corral("corral, one file of the same bytes", f"{WORDS}:folded", scale.inputs.joined(count)),
            corral("corral, the files", f"{WORDS}:folded", scale.inputs.small_files(count)),
        ],
        full=count >= SMALL_FILES,
    )


def nothing(scale: Scale) -> Workload:
    """What starting and ending cost."""
    line = scale.inputs.line()
    return Workload(
        "a job of nothing",
        [
            peer("hand-written", "handwritten.py", "words", line),
            corral("corral, inline", f"{WORDS}:folded", line, executor="inline"),
            corral("corral, local-process", f"{WORDS}:folded", line),
            mrjob("mrjob local", line),
        ],
        full=True,
    )
