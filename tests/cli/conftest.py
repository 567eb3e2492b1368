from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from corral_core.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

WORD_COUNT = """
from corral_core import Driver, Job, count

def mapper(key, value):
    count("lines")
    for word in value.split():
        if word == "boom":
            raise ValueError("boom is no word")
        yield word, 1

def reducer(key, values):
    yield key, sum(values)

job = Job(mapper, reducer)

if __name__ == "__main__":
    Driver(job).main()
"""


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr of a command that was refused."""
        assert self.out == ""
        assert self.err.startswith("corral: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        return self.err.removeprefix("corral: ").rstrip()


class Corral(Protocol):
    def __call__(self, *arguments: str) -> Outcome: ...


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and a current directory without settings, and what a job's import does to this process undone."""
    for name in [name for name in os.environ if name.startswith("CORRAL_")]:
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The current directory: a word count in job.py, and four words in in.txt."""
    (tmp_path / "here" / "job.py").write_text(WORD_COUNT)
    (tmp_path / "here" / "in.txt").write_text("a b\nb c\n")
    return tmp_path / "here"


@pytest.fixture
def corral(capfd: pytest.CaptureFixture[str]) -> Corral:
    """Runs the command in this process."""

    def corral(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        out, err = capfd.readouterr()
        return Outcome(int(caught.value.code or 0), out, err)

    return corral
