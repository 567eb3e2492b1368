"""A job's parameters as flags of the command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Corral

SEARCH = """
from __future__ import annotations

from typing import Annotated, Literal

from corral_core import Driver, Job


def search(key, line, *, the_pattern: Annotated[str, "What to look for."], times: int = 1, loud: bool = False,
           words: list[str] = [], case: Literal["as is", "upper"] = "as is"):
    if the_pattern in line:
        yield (line.upper() if case == "upper" else line) + ("!" if loud else ""), [times, *words]


job = Job(search)

if __name__ == "__main__":
    Driver(job).main()
"""

RUN = ("in.txt", "--executor", "inline", "-o", "out", "-q")


@pytest.fixture
def search(here: Path) -> Path:
    (here / "search.py").write_text(SEARCH)
    return here


def output(here: Path) -> str:
    return (here / "out" / "output-0").read_text()


def test_they_reach_the_mapper(search: Path, corral: Corral) -> None:
    flags = ("--the-pattern", "a", "--times=2", "--loud", "--words", "x,y", "--words", "z", "--case", "upper")
    assert corral("search.py", *RUN, *flags).code == 0
    assert output(search) == 'A B!\t[2,"x","y","z"]\n'


def test_they_may_stand_before_the_job(search: Path, corral: Corral) -> None:
    assert corral("--the-pattern", "a", "--no-loud", "search.py:job", *RUN).code == 0
    assert output(search) == "a b\t[1]\n"


def test_a_script_of_its_own_has_the_same_flags(search: Path) -> None:
    command = [sys.executable, "search.py", "--the-pattern", "c", *RUN]
    subprocess.run(command, cwd=search, check=True)
    assert output(search) == "b c\t[1]\n"
    shown = subprocess.run(
        [sys.executable, "search.py", "--help"], cwd=search, check=True, capture_output=True, text=True
    )
    assert "--the-pattern TEXT  " in shown.stdout


def test_the_help_of_a_job_has_them_before_the_settings(search: Path, corral: Corral) -> None:
    lines = corral("search.py", "--help").out.splitlines()
    first = lines.index("Parameters of the job:")
    assert [" ".join(line.split()) for line in lines[first : first + 6]] == [
        "Parameters of the job:",
        "--the-pattern TEXT What to look for. [required]",
        "--times N [1]",
        "--loud / --no-loud",
        "--words A,B",
        "--case as is|upper [as is]",
    ]
    assert first < lines.index("Most used:")
    assert "Parameters of the job" not in corral("--help").out


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            (),
            (
                "parameter the_pattern of mapper search is missing: give --the-pattern, or params={'the_pattern': ...} "
                "in code"
            ),
        ),
        (("--the-pattern", "a", "--times", "often"), "bad value 'often' for --times: give a whole number"),
        (("--the-pattern", "a", "--case", "lower"), "bad value 'lower' for --case: give one of as is, upper"),
        (("--the-patern", "a"), "no such option --the-patern; did you mean --the-pattern?"),
        (("--the-pattern",), "option '--the-pattern' requires an argument; see: corral --help"),
    ],
    ids=["missing", "no number", "no choice", "unknown", "no value"],
)
def test_what_is_wrong_is_one_sentence_and_writes_nothing(
    flags: tuple[str, ...], sentence: str, search: Path, corral: Corral
) -> None:
    outcome = corral("search.py", *RUN, *flags)
    assert (outcome.code, outcome.sentence) == (2, sentence)
    assert not (search / "out").exists()


@pytest.mark.parametrize("arguments", [("taken.py", *RUN), ("taken.py", "--help")], ids=["run", "help"])
def test_a_flag_that_is_taken_is_an_error_that_names_both(
    here: Path, corral: Corral, arguments: tuple[str, ...]
) -> None:
    (here / "taken.py").write_text(SEARCH.replace("times", "reducers"))
    outcome = corral(*arguments)
    assert outcome.sentence == (
        "parameter reducers of mapper search would be the flag --reducers, which is the setting reducers already: "
        "rename the parameter"
    )


def test_two_parameters_that_would_be_one_flag_are_an_error(here: Path, corral: Corral) -> None:
    (here / "twice.py").write_text(SEARCH.replace("times: int = 1", "no_loud: int = 1").replace("times", "no_loud"))
    assert "would be the flag --no-loud, which is parameter no_loud already" in corral("twice.py", *RUN).sentence


def test_values_in_code_come_before_flags(search: Path, corral: Corral) -> None:
    with (search / "search.py").open("a") as file:
        file.write("\ndriver = Driver(job, params={'the_pattern': 'c'})\n")
    assert corral("search.py", *RUN, "--the-pattern", "a").code == 0
    assert output(search) == "b c\t[1]\n"


def test_a_job_is_chosen_before_its_flags_are_read(search: Path, corral: Corral, monkeypatch: Any) -> None:
    with (search / "search.py").open("a") as file:
        file.write("\nother = Job(lambda key, line, *, mark='': [(mark, line)], name='other')\n")
    assert corral("search.py", "--the-pattern", "a", *RUN, "--job", "job").code == 0
    assert "no such option --the-pattern" in corral("search.py", "--the-pattern", "a", *RUN, "--job", "other").sentence
    monkeypatch.setenv("CORRAL_JOB", "job")
    assert corral("search.py", "--the-pattern", "b", *RUN, "--overwrite").code == 0


def test_a_run_goes_on_with_the_same_values_only(search: Path, corral: Corral) -> None:
    (search / "search.py").write_text(
        SEARCH.replace("    if the_pattern", "    import os\n    os.stat('go')\n    if the_pattern")
    )
    (search / "first.txt").write_text("a\n")
    many = ("search.py", *RUN, "--split-size", "1", "--map-bin-size", "1", "--max-attempts", "1", "--the-pattern", "a")
    (search / "search.py").write_text(
        SEARCH.replace("    if the_pattern", "    int(line == 'b c' and 'x')\n    if the_pattern")
    )
    failed = corral(*many)
    assert failed.code == 1
    assert "to go on:" in failed.err
    changed = corral(*many, "--times", "2", "--resume")
    assert "since parameter times was 1 and is 2: put that back" in changed.sentence
    again = corral(*many, "--resume")
    assert again.code == 1
    assert "int(line" in again.err
