"""A job of a notebook's cell on Lambda, from a real kernel, with parameters out of a pydantic model of the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.testing.notebooks import Notebook

if TYPE_CHECKING:
    from pathlib import Path

    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers, pytest.mark.slow]

JOB = """
from datetime import date

from pydantic import BaseModel

import corral_core
from corral_core import Job, Sum, context


class Since(BaseModel):
    since: date


def mapper(key, line, *, least: int = 1):
    day, *words = line.split()
    if date.fromisoformat(day) >= context().params.since:
        for word in words:
            if len(word) >= least:
                yield word, 1


job = Job(mapper, Sum(), params=Since)
"""

RUN = """
result = corral_core.run(
    job,
    "s3://data/in.txt",
    executor="lambda",
    out="s3://data/out",
    reducers=1,
    params={"since": "2026-02-01", "least": 2},
)
print(dict(result))
"""


def test_a_job_of_a_cell_runs_on_lambda(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns of what it will do one day
    (aws.bucket("data") / "in.txt").write_text("2026-01-31 to be\n2026-02-01 or not\n2026-02-02 a not\n")
    with Notebook(tmp_path) as notebook:
        notebook.run(JOB)
        cell = notebook.run(RUN)
    assert (cell.error, cell.message, cell.printed) == ("", "", "{'not': '2', 'or': '1'}\n")
