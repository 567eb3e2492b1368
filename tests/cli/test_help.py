"""What a newcomer reads: ``--help``, ``corral help TOPIC``, and the help of a job."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.cli.main import subcommands
from corral_core.plugins import load
from corral_core.settings.schema import Schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["-h", "--help"])
def overview(request: pytest.FixtureRequest, corral: Any) -> str:
    outcome = corral(request.param)
    assert (outcome.code, outcome.err) == (0, "")
    return str(outcome.out)


def test_the_help_is_short_and_fits_a_terminal(overview: str) -> None:
    lines = overview.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 70


def test_it_begins_with_what_is_needed_first(overview: str) -> None:
    places = [overview.index(text) for text in ("Usage: corral [OPTIONS] JOB", "Examples:", "  -o, --out", "Runs:")]
    assert places == sorted(places)


def test_every_subcommand_has_one_line(overview: str) -> None:
    lines = overview.splitlines()
    for name, text in subcommands():
        (line,) = [line for line in lines if line.startswith(f"  {name} ")]
        assert line.split(maxsplit=1)[1] == text


def test_it_says_where_all_other_flags_are(overview: str, corral: Any) -> None:
    text = " ".join(overview.split())
    topics = text.partition("by topic: corral help ")[2].partition(".")[0].split(", ")
    assert {"run", "input", "output", "shuffle", "failure", "code", "local-process", "other"} <= set(topics)
    everything = corral("help", "all").out
    for topic in topics:
        shown = corral("help", topic).out
        assert shown.startswith(f"{topic}:\n")
        assert shown in everything
        assert max(map(len, shown.splitlines())) <= 80


def test_all_settings_are_in_the_help_of_their_topics(corral: Any) -> None:
    shown = corral("help", "all").out
    for setting in Schema(load()):
        flag = f"--[no-]{setting.flag[2:]}" if setting.kind == "switch" else setting.flag
        assert f"{flag} " in shown


def test_help_of_a_subcommand_is_its_own_help(corral: Any) -> None:
    assert corral("help", "runs").out == corral("runs", "--help").out
    assert corral("help").out == corral("--help").out


def test_help_goes_down_to_the_subcommands_of_a_subcommand() -> None:
    """In processes of their own, since click keeps the flags that it has made for a help."""
    helps = [
        subprocess.run([sys.executable, "-m", "corral_core", *line], capture_output=True, text=True, check=True).stdout
        for line in (["help", "config", "init"], ["config", "init", "--help"])
    ]
    assert helps[0] == helps[1]


@pytest.mark.parametrize("words", ["moon", "config moon", "runs moon", "input moon"])
def test_an_unknown_topic_names_the_known(words: str, corral: Any) -> None:
    outcome = corral("help", *words.split())
    assert outcome.code == 2
    assert outcome.sentence.startswith(f"there is no topic '{words}'; give all, run, ")


DESCRIBED = '''"""Counts words.

One line each.
"""
from corral_core import Driver, Job, Sum

def mapper(key, value):
    yield value, 1

count = Job(mapper, Sum(), name="WordCount")
copy = Job(lambda key, value: [(key, value)], name="Copy", output_format="jsonl")
driver = Driver([count, copy])

if __name__ == "__main__":
    driver.main()
'''


@pytest.mark.parametrize("arguments", [("job.py", "--help"), ("-h", "job.py"), ("-o", "out", "job.py", "in.txt", "-h")])
def test_the_help_of_a_job_describes_the_job(arguments: tuple[str, ...], here: Path, corral: Any) -> None:
    (here / "job.py").write_text(DESCRIBED)
    outcome = corral(*arguments)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "Usage: corral job.py [OPTIONS] [INPUTS]...\n\n"
        "  Counts words.\n\n  One line each.\n\n"
        "Stages:\n  WordCount  map, reduce\n  Copy       map, writes jsonl\n\n"
        "Most used:\n"
    )
    assert "This installation:" not in outcome.out


def test_a_script_describes_itself(here: Path) -> None:
    (here / "job.py").write_text(DESCRIBED)
    done = subprocess.run([sys.executable, "job.py", "-h"], cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: job.py [OPTIONS] [INPUTS]...\n\n  Counts words.\n")
    assert "WordCount  map, reduce" in done.stdout


def test_the_help_of_a_job_of_a_module_and_of_one_without_description(here: Path, corral: Any) -> None:
    assert "\n  A MapReduce job.\n" in corral("job.py:job", "--help").out
    (here / "words.py").write_text(DESCRIBED)
    assert "\n  Counts words.\n" in corral("words:count", "--help").out


@pytest.mark.parametrize(
    ("arguments", "named"), [(("nowhere.py", "--help"), "nowhere.py"), (("--help", "broken.py"), "line 1")]
)
def test_the_help_of_a_job_that_cannot_be_loaded_says_why(
    arguments: tuple[str, ...], named: str, here: Path, corral: Any
) -> None:
    (here / "broken.py").write_text("def f(:\n")
    outcome = corral(*arguments)
    assert outcome.code == 2
    assert named in outcome.sentence
