"""The example of a plugin, from its wheel, in an environment that holds nothing of this checkout."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.packaging.conftest import THREADS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JOB = """
from threading import current_thread

from corral_core import Job, Sum, count


def words(key, line):
    count(f"lines in {current_thread().name.partition('_')[0]}")
    for word in line.split():
        yield word, 1


job = Job(words, Sum())
"""


@pytest.fixture
def job(environment: Environment, tmp_path: Path) -> Path:
    (tmp_path / "in.txt").write_text("to be or\nnot to be\n")
    path = tmp_path / "job.py"
    path.write_text(JOB)
    return path


def test_it_is_listed_with_what_it_registers(environment: Environment) -> None:
    done = environment.call("corral", "plugins")
    assert done.returncode == 0, done.stderr
    assert "corral-threads 1.0.0" in done.stdout
    assert "threads" in done.stdout


def test_it_runs_a_job_by_its_name(environment: Environment, job: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = environment.call(
        "corral", str(job), str(tmp_path / "in.txt"), "--executor", "threads", "--out", str(out), "--reducers", "1"
    )
    assert done.returncode == 0, done.stderr
    assert (out / "output-0").read_text() == "be\t2\nnot\t1\nor\t1\nto\t2\n"
    assert json.loads((out / "_SUCCESS").read_text())["counters"] == {"lines in corral-threads": 2}


def test_it_keeps_the_contract_of_executors(environment: Environment) -> None:
    done = environment.call("corral", "plugin", "check", "threads")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "executor threads\n" in done.stdout
    assert ", 0 failed, " in done.stdout.splitlines()[-1]


def test_its_own_tests_pass(environment: Environment, tmp_path: Path) -> None:
    tests = shutil.copy(THREADS / "test_corral_threads.py", tmp_path)  # away from our settings of pytest
    done = environment.call("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    assert done.returncode == 0, done.stdout


def test_its_settings_are_among_the_others(environment: Environment) -> None:
    done = environment.call("corral", "config", CORRAL_THREADS_NUMBER="7")
    assert any(row.split()[:2] == ["threadsNumber", "7"] for row in done.stdout.splitlines())


def test_it_can_be_left_out(environment: Environment, job: Path, tmp_path: Path) -> None:
    done = environment.call(
        "corral", str(job), str(tmp_path / "in.txt"), "--executor", "threads", CORRAL_LOAD_PLUGINS=""
    )
    assert done.returncode == 2
    assert "there is no executor 'threads'" in done.stderr


def test_an_executor_that_is_not_installed_names_its_package(
    environment: Environment, job: Path, tmp_path: Path
) -> None:
    done = environment.call("corral", str(job), str(tmp_path / "in.txt"), "--executor", "local-process")
    assert done.returncode == 2
    assert "pip install corral-local-process" in done.stderr


def test_the_package_holds_its_types_and_nothing_else(environment: Environment) -> None:
    listing = "from importlib.metadata import files; print(*files('corral-core'), sep='\\n')"
    done = environment.call("python", "-c", listing)
    paths = done.stdout.split()
    assert "corral_core/py.typed" in paths
    folders = {path.split("/")[0] for path in paths if not path.startswith("..")}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"corral_core"}
