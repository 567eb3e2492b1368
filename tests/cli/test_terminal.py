"""Runs whose stderr is a terminal, as a person sees them."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = ["job.py", "in.txt", "--executor", "inline", "-o", "out"]
COLOUR = re.compile(r"\x1b\[[0-9;]*3\d")

HELD = """
import pathlib, time
from corral_core import Job

def mapper(key, value):
    print("said by a mapper", flush=True)
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
    return [(value, 1)]

job = Job(mapper, name="Patient")
"""
"""A job whose mapper holds until there is a file ``go``."""


@pytest.fixture
def held(here: Path) -> Callable[[], None]:
    """The held job; call to let it go on."""
    (here / "job.py").write_text(HELD)
    return (here / "go").touch


def test_finished_phases_and_the_summary_stay_and_stdout_is_clean(here: Path) -> None:
    with on_terminal(*RUN) as terminal:
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert terminal.process.stdout.read() == b""
    assert [line.split(",")[0].split(" in ")[0] for line in terminal.lines] == [
        "map mapper: 1/1 task",
        "reduce mapper: 1/1 task",
        "done",
        "counters: lines 2",
        "1 output",
    ]
    assert not terminal.screen.cursor.hidden


def test_the_line_shows_what_runs_and_what_a_worker_prints_stands_above_it(held: Callable[[], None]) -> None:
    workers = ["job.py", "in.txt", "--executor", "local-process", "--local-workers", "1", "-o", "out"]
    with on_terminal(*workers, columns=80) as terminal:
        terminal.until(lambda: "said by a mapper" in terminal.lines and terminal.lines[-1].startswith("map Patient "))
        assert re.search(r" 0/1 +1 running +0:0\d$", terminal.lines[-1])
        assert terminal.lines[:-1] == ["said by a mapper"]
        held()
        assert terminal.end() == 0
    assert terminal.lines[0] == "said by a mapper"
    # What was printed last is read by a thread, maybe after the end of the phase: lines are whole all the same.
    first_lines = terminal.lines[1:3]
    assert "said by a mapper" in first_lines
    assert any(line.startswith("map Patient: 1/1 task, 2 records") for line in first_lines)


@pytest.mark.parametrize("columns", [40, 20])
def test_a_narrow_terminal_has_one_line_too(columns: int, held: Callable[[], None]) -> None:
    with on_terminal(*RUN, columns=columns) as terminal:
        terminal.until(lambda: any("0/1" in line for line in terminal.lines))
        assert len([line for line in terminal.lines if "0/1" in line or "Patient" in line]) == 1
        held()
        assert terminal.end() == 0


def test_a_terminal_that_is_made_narrower_gets_lines_that_fit(held: Callable[[], None]) -> None:
    with on_terminal(*RUN, columns=100) as terminal:
        terminal.until(lambda: "1 running" in " ".join(terminal.lines))
        terminal.resize(30)
        terminal.screen.reset()
        terminal.until(lambda: any("0/1" in line for line in terminal.lines))
        assert len(terminal.lines) == 1
        held()
        assert terminal.end() == 0


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"CI": "true"}, False)],
    ids=["terminal", "NO_COLOR", "dumb", "CI"],
)
def test_colours_only_where_they_are_wanted(
    variables: dict[str, str], coloured: bool, held: Callable[[], None]
) -> None:
    with on_terminal(*RUN, variables=variables) as terminal:
        terminal.until(lambda: any(line.startswith("map Patient") for line in terminal.lines))
        held()
        assert terminal.end() == 0
    assert bool(COLOUR.search(terminal.raw.decode())) == coloured
    if "NO_COLOR" not in variables and not coloured:
        assert b"\x1b" not in terminal.raw


def test_a_locale_without_unicode_has_bars_of_ascii(held: Callable[[], None]) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with on_terminal(*RUN, variables=plain) as terminal:
        terminal.until(lambda: any(line.startswith("map Patient") for line in terminal.lines))
        held()
        assert terminal.end() == 0
    assert terminal.raw.isascii()


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "corral: interrupted"), (signal.SIGTERM, 143, "corral: terminated")],
    ids=["ctrl-c", "sigterm"],
)
@pytest.mark.usefixtures("held")
def test_a_signal_gives_the_terminal_back(number: int, code: int, said: str) -> None:
    with on_terminal(*RUN) as terminal:
        terminal.until(lambda: "1 running" in " ".join(terminal.lines) and terminal.screen.cursor.hidden)
        terminal.process.send_signal(number)
        assert terminal.end() == code
    assert terminal.lines[-1] == said
    assert not terminal.screen.cursor.hidden
    assert b"Traceback" not in terminal.raw


def test_a_second_signal_gives_it_back_too(here: Path) -> None:
    held = HELD.replace("time.sleep(0.01)", "stubborn()") + (
        "\ndef stubborn():\n    try:\n        time.sleep(0.01)\n    except BaseException:\n"
        "        print('no', flush=True)\n"
    )
    (here / "job.py").write_text(held)
    with on_terminal(*RUN) as terminal:
        terminal.until(lambda: "1 running" in " ".join(terminal.lines))
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.stdout is not None
        while b"no" not in terminal.process.stdout.readline():
            pass
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert any(line.startswith("corral: stopped at once") for line in terminal.lines)
    assert not terminal.screen.cursor.hidden


def test_an_error_comes_below_what_was_under_way(here: Path) -> None:
    (here / "in.txt").write_text("boom\n")
    with on_terminal(*RUN) as terminal:
        assert terminal.end() == 1
    assert terminal.lines[0].startswith("map mapper: 0/1 task")
    assert terminal.lines[-1] == "ValueError: boom is no word"
    assert not terminal.screen.cursor.hidden


def test_what_a_mapper_prints_reaches_a_stdout_that_is_no_terminal(here: Path) -> None:
    (here / "job.py").write_text("from corral_core import Job\njob = Job(lambda key, value: print(value) or [])\n")
    with on_terminal(*RUN) as terminal:
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert terminal.process.stdout.read() == b"a b\nb c\n"


def test_a_breakpoint_in_a_mapper_has_the_terminal_to_itself(here: Path) -> None:
    (here / "job.py").write_text(
        "from corral_core import Job\n"
        "def mapper(key, value):\n"
        "    breakpoint()\n"
        "    return [(value, 1)]\n"
        "job = Job(mapper)\n"
    )
    with on_terminal(*RUN, whole=True) as terminal:
        os.write(terminal.descriptor, b"p 'it is ' + value\nc\n" * 2)
        assert terminal.end() == 0
    assert b"it is a b" in terminal.raw
    assert b"it is b c" in terminal.raw
    assert b"bars.py" not in terminal.raw
