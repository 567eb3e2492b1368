"""The reference pages and the code say the same, in both directions."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import click
import msgspec
import pytest

import corral_core
from corral_core import errors, hookspecs
from corral_core.cli.run import run_command
from corral_core.errors import CorralError
from corral_core.job import Job
from corral_core.plugins import load
from corral_core.report import api
from corral_core.settings.fields import show
from corral_core.settings.schema import Schema, Setting
from corral_core.tasks import FailureKind, Phase
from tests.docs.conftest import ROOT, blocks, ours, prose, subcommands, table

REFERENCE = ROOT / "docs" / "reference"
HELP = {"-h", "--help"}


@pytest.fixture(scope="module")
def settings() -> dict[str, Setting]:
    return {setting.name: setting for setting in Schema(load()) if setting.owner in ours()}


def test_every_setting_is_documented_and_every_documented_setting_exists(settings: dict[str, Setting]) -> None:
    assert set(table(REFERENCE / "settings.md", "setting")) == set(settings)


def test_documented_defaults_are_the_defaults(settings: dict[str, Setting]) -> None:
    documented = {name: cells[0].strip("`") for name, cells in table(REFERENCE / "settings.md", "setting").items()}
    real = {name: show(setting.field, setting.field.default) for name, setting in settings.items()}
    assert documented == real


def test_every_flag_is_documented_and_every_documented_flag_exists(settings: dict[str, Setting]) -> None:
    others = {flag for setting in Schema(load()) if setting.name not in settings for flag in setting.flags}
    assert flags_of(sections()[""]) == flags(run_command()) - others | HELP


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert set(sections()) - {""} == set(subcommands())


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_every_flag_of_a_command_is_documented_and_every_documented_flag_exists(name: str) -> None:
    there = flags(subcommands()[name])
    of_a_run = flags(run_command()) | HELP  # which a command may take as well without saying so again
    assert there - of_a_run <= flags_of(sections()[name]) - HELP <= there


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_every_command_is_in_the_list_at_the_top(name: str) -> None:
    assert re.search(rf"^corral {name}\b", blocks(REFERENCE / "cli.md")[0].text, re.MULTILINE)


def sections() -> dict[str, str]:
    """The parts of the page about the command, by the subcommand that their headings quote; "" for all others."""
    page: dict[str, str] = {"": ""}
    for part in re.split(r"^(?=## )", prose(REFERENCE / "cli.md"), flags=re.MULTILINE):
        heading, _, _ = part.partition("\n")
        named = re.search(r"`corral ([a-z -]+?)( [A-Z\[].*?)?`", heading)
        name = named[1] if named else ""
        page[name] = page.get(name, "") + part
    return page


def flags(command: click.Command) -> set[str]:
    """All flags of a command, with those that say no."""
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    return {flag for option in options for flag in (*option.opts, *option.secondary_opts)}


def flags_of(text: str) -> set[str]:
    """The flags in the first cells of a text's tables."""
    rows = re.findall(r"^\| (`-.*?`) \|", text, re.MULTILINE)
    return {flag for row in rows for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}


def test_every_error_is_documented_with_its_exit_code_and_every_documented_error_exists() -> None:
    known = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, CorralError)]
    documented = {name: int(cells[0]) for name, cells in table(REFERENCE / "errors.md", "error").items()}
    assert documented == {error.__name__: error.exit_code for error in known}


def test_the_drawing_of_the_errors_has_each_of_them_once() -> None:
    drawn = re.findall(r"\w+", blocks(REFERENCE / "errors.md")[1].text)
    assert sorted(drawn) == sorted(table(REFERENCE / "errors.md", "error"))


def test_every_hook_is_documented_and_every_documented_hook_exists() -> None:
    hooks = {name for name, _ in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("corral_")}
    assert set(table(REFERENCE / "hooks.md", "hook")) == hooks


def test_every_public_name_is_documented_and_every_documented_name_exists() -> None:
    assert set(table(REFERENCE / "job.md", "name")) == set(corral_core.__all__)


def test_every_parameter_of_a_job_is_documented_and_every_documented_parameter_exists() -> None:
    assert set(table(REFERENCE / "job.md", "parameter")) == set(inspect.signature(Job).parameters)


STRUCTS = [value for value in vars(api).values() if inspect.isclass(value) and issubclass(value, msgspec.Struct)]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_a_report_is_documented_and_every_documented_field_exists(struct: type[msgspec.Struct]) -> None:
    rows = table(REFERENCE / "report.md", f"field of {struct.__name__}")
    assert list(rows) == list(struct.__struct_fields__)
    assert all(meaning for _, meaning in rows.values())


def test_the_words_of_a_report_are_documented() -> None:
    page = prose(REFERENCE / "report.md")
    for words in (api.State, api.Outcome, Phase, FailureKind):
        assert {word for word in get_args(words) if f"`{word}`" not in page} == set()
    assert f"`version` is {api.VERSION}." in page


def test_a_report_has_a_json_schema() -> None:
    schema = msgspec.json.schema(api.Report)
    assert set(schema["$defs"]) == {struct.__name__ for struct in STRUCTS}
