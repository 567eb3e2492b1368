"""Commands that no test can run, since they install things or need an account, are such as there are."""

from __future__ import annotations

import re
import shlex
import tomllib
from configparser import ConfigParser
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click
import pytest

from corral_core.cli.options import SettingOption, given
from corral_core.cli.run import run_command
from corral_core.errors import UsageError
from corral_core.settings.api import load_settings
from tests.docs.conftest import PAGES, ROOT, blocks, subcommands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Check = Callable[[list[str]], None]
    """Raises one of WRONG when these words make no command."""

WRONG = (AssertionError, OSError, UsageError, click.ClickException)
"""How a check says that a command is none."""


def shown(page: Path) -> Iterator[tuple[str, str]]:
    """The commands of a page that don't run, and where they stand."""
    for block in blocks(page):
        for number, line in enumerate(block.text.splitlines()):
            command = line if block.language == "sh" else line.removeprefix("$ ")
            if block.language == "sh" or (block.language == "text" and command != line):
                yield f"{page.relative_to(ROOT)}:{block.line + number}", command


def corral(words: list[str]) -> None:
    """Its flags and arguments are known, and its settings take these values."""
    for name, command in subcommands().items():
        length = len(name.split())
        if words[:length] == name.split():
            command.make_context(name, words[length:])
            return
    run = run_command()
    parameters: dict[str, Any] = run.make_context("corral", list(words)).params
    load_settings(flags=given([option for option in run.params if isinstance(option, SettingOption)], parameters))


def tox(words: list[str]) -> None:
    """Each environment that it names is in tox.ini."""
    tests = ConfigParser(interpolation=None)
    tests.read(ROOT / "tox.ini")
    known = {name.removeprefix("testenv:") for name in tests.sections()} | {"py"}
    named = [name for flag, names in pairwise(words) if flag == "-e" for name in names.split(",")]
    assert set(named) <= known


def make(words: list[str]) -> None:
    """The Makefile has it."""
    assert set(words) <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def pip(words: list[str]) -> None:
    """What it installs is in this repository, with such an extra."""
    assert words[0] == "install"
    for requirement in words[1:]:
        place, _, extra = requirement.rstrip("]").partition("[")
        folder = place.replace("path/to/corral", ".") if "/" in place else "." if place == "corral-core" else place
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        assert not extra or set(extra.split(",")) <= set(project["optional-dependencies"])


def python(words: list[str]) -> None:
    """The module or file is there."""
    assert find_spec(words[1]) if words[0] == "-m" else (ROOT / words[0]).is_file()


def elsewhere(_words: list[str]) -> None:
    """Somebody else's program."""


PROGRAMS: dict[str, Check] = {
    "corral": corral,
    "gcloud": elsewhere,
    "make": make,
    "pip": pip,
    "python": python,
    "tox": tox,
    ".venv/bin/tox": tox,
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_such_as_there_are(page: Path) -> None:
    for place, command in shown(page):
        words = shlex.split(command, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if not words:
            continue
        assert words[0] in PROGRAMS, f"{place}: {words[0]} is no program that this test knows"
        try:
            PROGRAMS[words[0]](words[1:])
        except WRONG as error:
            pytest.fail(f"{place}: {command}: {error}")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (corral, "job.py in.txt --ouput x"),
        (corral, "--executor lambda job.py in.txt --lambda-memory much"),
        (corral, "runs --all"),
        (tox, "-e nothing"),
        (make, "nothing"),
        (pip, "install corral-core[nothing]"),
        (pip, "install path/to/corral/plugins/nothing"),
        (python, "-m benchmarks.nothing"),
    ],
)
def test_a_command_that_is_wrong_is_found(program: Check, words: str) -> None:
    with pytest.raises(WRONG):
        program(shlex.split(words))
