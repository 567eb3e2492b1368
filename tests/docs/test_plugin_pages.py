"""The pages for plugins' authors and the code say the same, in both directions."""

from __future__ import annotations

import inspect
import re

import click
import pytest

from corral_core.cli.plugin import check
from corral_core.testing.executors import ExecutorSuite
from corral_core.testing.formats import InputFormatSuite, OutputFormatSuite
from corral_core.testing.storages import StorageSuite
from tests.docs.conftest import ROOT, blocks, prose, table
from tests.test_stability import PUBLIC

REFERENCE = ROOT / "docs" / "reference"
SUITES = [ExecutorSuite, StorageSuite, InputFormatSuite, OutputFormatSuite]
ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def promises_of(suite: type) -> dict[str, str]:
    """A suite's tests, with their docstrings as the page has them."""
    tests = inspect.getmembers(suite, lambda member: inspect.isfunction(member) and member.__name__.startswith("test_"))
    docs = {name.removeprefix("test_"): " ".join(inspect.cleandoc(test.__doc__ or "").split()) for name, test in tests}
    return {name: doc.replace("``", "`") for name, doc in docs.items()}


@pytest.mark.parametrize("suite", SUITES)
def test_every_promise_is_documented_and_every_documented_promise_is_tested(suite: type) -> None:
    _, heading, rest = (REFERENCE / "testing.md").read_text(encoding="utf-8").partition(f".{suite.__name__}`\n")
    assert heading
    _, _, rows = rest.partition("\n## ")[0].partition("| promise | |\n")
    assert dict(ROW.findall(rows)) == promises_of(suite)


@pytest.mark.parametrize("suite", SUITES)
def test_every_promise_is_a_sentence(suite: type) -> None:
    assert [name for name, doc in promises_of(suite).items() if not doc.endswith(".")] == []


def test_every_option_of_the_check_is_documented_and_every_documented_option_exists() -> None:
    _, heading, section = prose(REFERENCE / "cli.md").partition("## `corral plugin check NAME`\n")
    assert heading
    rows = re.findall(r"^\| (`-.*?`) \|", section.partition("\n## ")[0], re.MULTILINE)
    documented = {flag for row in rows for flag in re.findall(r"(?<![\w-])--?[a-z]+", row)}
    assert documented == {flag for option in check.params if isinstance(option, click.Option) for flag in option.opts}


def test_every_public_module_is_documented_and_every_documented_module_is_public() -> None:
    assert set(table(REFERENCE / "stability.md", "module")) == {"corral_core", *PUBLIC}


@pytest.mark.parametrize("name", ["corral_threads.py"])
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    example = (ROOT / "examples" / "plugins" / "corral-threads" / name).read_text(encoding="utf-8")
    shown = [block.text for block in blocks(ROOT / "docs" / "howto" / "write-an-executor.md")]
    assert f"# {name}\n{example}" in shown
    assert len(example.splitlines()) < 80
