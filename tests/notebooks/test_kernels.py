"""Jobs out of the cells of a notebook, in real kernels."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from corral_core.report.store import NAME as REPORT
from corral_core.testing.notebooks import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

EXECUTORS = ["inline", "local-process"]

JOB = """
import enum
from typing import Annotated

from pydantic import BaseModel, Field

import corral_core
from corral_core import Job, Sum, context


class Case(enum.Enum):
    UPPER = "upper"
    LOWER = "lower"


class Words(BaseModel):
    least: int = Field(1, ge=1)
    case: Case = Case.LOWER


def mapper(key, line, *, mark: Annotated[str, "Stands behind each word."] = ""):
    chosen = context().params
    for word in line.split():
        if len(word) >= chosen.least:
            yield (word.upper() if chosen.case is Case.UPPER else word) + mark, 1


job = Job(mapper, Sum(), params=Words)
"""

HOLD = """
import pathlib
import time

import corral_core


def hold(key, line):
    pathlib.Path({sign!r}).touch()
    while True:
        time.sleep(0.01)


corral_core.run(corral_core.Job(hold), "in.txt", executor={executor!r}, out="held")
"""


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A notebook beside a text."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns of what it will do one day
    (tmp_path / "in.txt").write_text("to be or not to be that\n")
    with Notebook(tmp_path) as notebook:
        yield notebook


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_job_of_a_cell_runs_with_its_parameters(notebook: Notebook, executor: str) -> None:
    notebook.run(JOB)
    cell = notebook.run(
        f'corral_core.run(job, "in.txt", executor={executor!r}, out="out", reducers=1, '
        'params={"least": 3, "case": "upper", "mark": "<!>"})'
    )
    assert (cell.error, cell.message, cell.printed) == ("", "", "")
    assert "RunResult" in cell.shown["text/plain"]
    assert "NOT&lt;!&gt;" in cell.shown["text/html"]
    assert json.loads(notebook.run("import json; print(json.dumps(dict(_)))").printed) == {
        "NOT<!>": "1",
        "THAT<!>": "1",
    }


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_cell_that_is_run_again_changed_runs_the_new_code(notebook: Notebook, executor: str) -> None:
    notebook.run(JOB)
    run = f'print(sorted(dict(corral_core.run(job, "in.txt", executor={executor!r}, out="out", overwrite=True))))'
    assert notebook.run(run).printed == "['be', 'not', 'or', 'that', 'to']\n"
    notebook.run(JOB.replace("line.split()", "line.split('o')"))
    assert notebook.run(run).printed == "[' be ', ' be that', 'r n', 't', 't t']\n"


def test_progress_is_a_few_lines_when_it_is_asked_for(notebook: Notebook) -> None:
    notebook.run(JOB)
    cell = notebook.run('result = corral_core.run(job, "in.txt", executor="inline", out="out", progress=True)')
    assert cell.error == ""
    assert "map mapper" in cell.printed


def test_a_bad_value_is_one_sentence(notebook: Notebook) -> None:
    notebook.run(JOB)
    cell = notebook.run('corral_core.run(job, "in.txt", out="out", params={"least": "few"})')
    assert (cell.error, cell.message) == (
        "ParameterError",
        "bad value 'few' for parameter least in code: give a whole number",
    )


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_stop_button_ends_a_run_and_leaves_a_kernel_that_works(
    notebook: Notebook, executor: str, tmp_path: Path
) -> None:
    sign = tmp_path / "sign"
    notebook.begin(HOLD.format(sign=str(sign), executor=executor))
    deadline = time.monotonic() + 60
    while not sign.exists():
        assert time.monotonic() < deadline, "the mapper never began"
        time.sleep(0.01)  # between two looks, until the deadline above
    notebook.interrupt()
    assert notebook.end().error == "KeyboardInterrupt"
    assert notebook.run("import psutil; print(psutil.Process().children(recursive=True))").printed == "[]\n"
    assert {path.name for path in (tmp_path / "held").rglob("*")} - {"_corral"} == {REPORT}
    notebook.run(JOB)
    assert notebook.run('print(len(dict(corral_core.run(job, "in.txt", out="out"))))').printed == "5\n"
