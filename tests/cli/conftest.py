from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pyte
import pytest

from corral_core.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-c", "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"]
"""The installed command, whatever PATH says."""
PATIENCE = 60.0
_PLAIN = {"PYTHONBREAKPOINT", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "COLUMNS", "LINES", "CI", "NO_COLOR"}
"""Variables of whoever runs the tests, which a person's terminal has not."""

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


@dataclass
class Terminal:
    """A process whose stderr is a terminal, with ``whole`` stdin and stdout as well, and what there is to see."""

    process: subprocess.Popen[bytes]
    descriptor: int
    screen: pyte.Screen
    raw: bytes = b""
    stream: pyte.ByteStream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = pyte.ByteStream(self.screen)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def until(self, seen: Callable[[], bool]) -> None:
        """Watch until there is something to be seen."""
        deadline = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < deadline, f"never seen, but: {self.lines}"
            assert self._watch(0.1) or seen(), f"ended before it was seen, with: {self.lines}"

    def end(self) -> int:
        """Watch to the end; the exit code."""
        while self._watch(PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.screen.resize(24, columns)

    def _watch(self, seconds: float) -> bool:
        """Take what comes within this time; False when nothing more can come."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return True
        try:
            part = os.read(self.descriptor, 65536)
        except OSError:  # Linux says so when the last writer is gone
            return False
        self.raw += part
        self.stream.feed(part)
        return bool(part)


@contextmanager
def on_terminal(
    *arguments: str, columns: int = 100, whole: bool = False, variables: dict[str, str] | None = None
) -> Iterator[Terminal]:
    """Run the command there."""
    ours, theirs = pty.openpty()
    variables = variables or {}
    environment = {**os.environ, "TERM": "xterm"} | variables
    for name in {
        "PYTHONBREAKPOINT",
        "PYTHONIOENCODING",
        "PYTHONUNBUFFERED",
        "COLUMNS",
        "LINES",
        "CI",
        "NO_COLOR",
    } - set(variables):
        environment.pop(name, None)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        stdin=theirs if whole else subprocess.DEVNULL,
        stdout=theirs if whole else subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours, pyte.Screen(columns, 24))
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
