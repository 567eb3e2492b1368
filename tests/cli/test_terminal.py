"""Runs whose stderr is a terminal, as a person sees them."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"]
RUN = ["job.py", "in.txt", "--executor", "inline", "-o", "out"]


@dataclass
class Session:
    code: int
    out: str
    screen: str


def on_terminal(
    *arguments: str, typed: str = "", whole: bool = False, variables: dict[str, str] | None = None
) -> Session:
    """Run the command with stderr on a terminal, and with ``whole`` stdin and stdout as well."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"} | (variables or {})
    environment.pop("PYTHONBREAKPOINT", None)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        stdin=theirs if whole else subprocess.DEVNULL,
        stdout=theirs if whole else subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    try:
        screen = read_all(ours)
        out, _ = process.communicate(timeout=20)
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    return Session(process.returncode, (out or b"").decode(), screen.decode())


def read_all(descriptor: int) -> bytes:
    seen = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux says so when the last writer is gone
            return seen
        if not part:
            return seen
        seen += part


def test_bars_are_on_the_terminal_and_stdout_stays_clean(here: Path) -> None:
    session = on_terminal(*RUN)
    assert (session.code, session.out) == (0, "")
    assert "map mapper" in session.screen
    assert "reduce mapper" in session.screen
    assert "1/1" in session.screen
    assert "done in" in session.screen
    assert "\x1b[?25h" in session.screen  # the cursor is back


@pytest.mark.usefixtures("here")
def test_colours_can_be_turned_off() -> None:
    colour = re.compile(r"\x1b\[[39]\d")
    assert colour.search(on_terminal(*RUN).screen)
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        screen = on_terminal(*RUN, "--overwrite", variables=variables).screen
        assert "map mapper" in screen
        assert not colour.search(screen)


def test_what_a_mapper_prints_reaches_a_stdout_that_is_no_terminal(here: Path) -> None:
    (here / "job.py").write_text("from corral_core import Job\njob = Job(lambda key, value: print(value) or [])\n")
    session = on_terminal(*RUN)
    assert (session.code, session.out) == (0, "a b\nb c\n")


def test_a_breakpoint_in_a_mapper_has_the_terminal_to_itself(here: Path) -> None:
    (here / "job.py").write_text(
        "from corral_core import Job\n"
        "def mapper(key, value):\n"
        "    breakpoint()\n"
        "    return [(value, 1)]\n"
        "job = Job(mapper)\n"
    )
    session = on_terminal(*RUN, typed="p 'it is ' + value\nc\n" * 2, whole=True)
    assert session.code == 0
    assert "it is a b" in session.screen
    assert "it is b c" in session.screen
    assert "bars.py" not in session.screen
