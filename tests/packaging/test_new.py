"""``corral new`` as it is installed: what it makes installs, runs and passes its tests, far from this checkout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def new(environment: Environment, tmp_path: Path) -> Environment:
    """The fresh environment, in an empty folder."""
    return replace(environment, home=tmp_path)


def called(environment: Environment, program: str, *arguments: str) -> str:
    done = environment.call(program, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_plugin_installs_runs_a_job_and_keeps_the_contract(new: Environment) -> None:
    called(new, "corral", "new", "--plugin", "brand-new")
    called(new, "corral", "new", "words")
    folder = replace(new, home=new.home / "corral-brand-new")
    called(folder, "python", "-m", "pip", "install", "--quiet", "-e", ".[test]")
    assert "brand-new" in called(new, "corral", "plugins")
    words = replace(new, home=new.home / "words")
    sample = ("job.py", "sample.txt", "--out", "result", "--reducers", "1", "--brand-new-slots", "2")
    called(words, "corral", *sample, "--executor", "brand-new")
    assert "the\t3\n" in (words.home / "result" / "output-0").read_text()
    assert "2 passed" in called(words, "pytest", "-q")
    assert " passed" in called(folder, "pytest", "-q")
