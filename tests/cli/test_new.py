"""What ``corral new`` makes works at once, tried as a new user would."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core import plugins as plugin_manager
from corral_core.plugins import Plugins

if TYPE_CHECKING:
    from tests.cli.conftest import Corral


def ran(*command: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("tester", ["there", "not there"])
def test_a_new_job_says_what_to_do_next(
    tester: str, here: Path, corral: Corral, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer who has installed corral and nothing else can follow it to the end."""
    monkeypatch.setattr("corral_core.cli.new.find_spec", lambda _: tester == "there" or None)
    outcome = corral("new", "words")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "made words: a job, its test, and a sample to run it on; to go on:",
        "  cd words",
        "  corral job.py sample.txt --out result",
        "  corral cat result",
        *([] if tester == "there" else ["  pip install pytest"]),
        "  pytest",
    ]
    assert sorted(path.name for path in (here / "words").iterdir()) == [
        "README.md",
        "job.py",
        "sample.txt",
        "test_job.py",
    ]


def test_a_new_job_runs_and_its_test_passes(here: Path, corral: Corral) -> None:
    corral("new", "my-words.2")
    folder = here / "my-words.2"
    run = ("sample.txt", "--executor", "inline", "--reducers", "1", "-q", "--overwrite")
    ran("corral_core", "job.py", *run, "--out", "result", folder=folder)
    assert "the\t3\n" in (folder / "result" / "output-0").read_text()
    subprocess.run([sys.executable, "job.py", *run, "--out", "result", "--least-letters", "8"], cwd=folder, check=True)
    assert (folder / "result" / "output-0").read_text() == "question\t1\n"
    assert "2 passed" in ran("pytest", "-q", "-p", "no:cacheprovider", folder=folder)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("words",), ("--plugin", "threads-too")], ids=["job", "plugin"])
def test_what_is_made_is_as_clean_as_its_users_linters_want(
    here: Path, corral: Corral, arguments: tuple[str, ...]
) -> None:
    corral("new", *arguments)
    [folder] = (path for path in here.iterdir() if path.is_dir())
    ran("mypy", "--strict", "--cache-dir", os.devnull, *(path.name for path in folder.glob("*.py")), folder=folder)


def test_a_new_plugin_is_an_executor_that_keeps_the_contract(here: Path, corral: Corral) -> None:
    outcome = corral("new", "--plugin", "corral_My-Pool")
    assert outcome.out.splitlines()[0].startswith("made corral-my-pool: the executor my-pool, ")
    folder = here / "corral-my-pool"
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["corral"] == {"my-pool": "corral_my_pool"}
    assert " passed" in ran("pytest", "-q", "-p", "no:cacheprovider", folder=folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("job.py",), "job.py is there already, and nothing of it is overwritten: choose another name"),
        (("no/where",), "no/where can't be made: no such file or directory"),
        (("a b",), "a job can't be called 'a b': give a name of letters, digits, '-', '_' and '.'"),
        (("..",), "a job can't be called '..'"),
        (("",), "a job can't be called ''"),
        (("--plugin", "9lives"), "an executor can't be called '9lives': give letters from a to z, digits and '-'"),
        (("--plugin", "größe"), "an executor can't be called 'größe'"),
        (("--plugin", "corral-"), "an executor can't be called 'corral-'"),
        (("--plugin", "inline"), "there is an executor 'inline' already, from corral-core: choose another name"),
        (("--plugin", "lambda"), "there is an executor 'lambda' already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_bad_name_is_refused_with_the_reason(
    here: Path, corral: Corral, arguments: tuple[str, ...], said: str
) -> None:
    before = sorted(here.rglob("*"))
    outcome = corral("new", *arguments)
    assert outcome.code == 2
    assert outcome.sentence.startswith(said)
    assert sorted(here.rglob("*")) == before


def test_a_known_executor_that_is_not_installed_keeps_its_name(
    here: Path, corral: Corral, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin_manager, "load", Plugins)
    assert (
        "there is an executor 'local-process' already, from corral-local-process"
        in corral("new", "--plugin", "local-process").sentence
    )


def test_what_can_not_be_written_whole_is_not_there_at_all(
    here: Path, corral: Corral, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(Path, "write_text", full)
    assert corral("new", "words").sentence == "words can't be written: no space left on device"
    assert not (here / "words").exists()
