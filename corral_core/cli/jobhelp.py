"""What ``corral JOB --help`` says of the job itself: its file's docstring, and its stages."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from corral_core.engine.loading import JobSource
    from corral_core.job import Job

__all__ = ["write_job"]


def write_job(source: JobSource, formatter: click.HelpFormatter) -> None:
    """Put it where a command has its description."""
    with formatter.indentation():
        for paragraph in (_described(source) or "A MapReduce job.").split("\n\n"):
            formatter.write_paragraph()
            formatter.write_text(" ".join(paragraph.split()))
    with formatter.section("Stages"):
        formatter.write_dl([(job.name, _parts(job)) for job in source.jobs])


def _described(source: JobSource) -> str | None:
    ref = source.ref
    if ref is None or ref.kind == "pickle":
        return None
    if ref.kind == "module":
        return inspect.getdoc(sys.modules[ref.name])
    return ast.get_docstring(ast.parse(Path(ref.root, ref.name).read_bytes()))


def _parts(job: Job) -> str:
    parts = [
        "map",
        *(["combine"] if job.combiner is not None else []),
        *(["reduce"] if job.reducer is not None else []),
    ]
    formats = (("reads", job.input_format), ("writes", job.output_format))
    return ", ".join([*parts, *(f"{what} {name}" for what, name in formats if name)])
