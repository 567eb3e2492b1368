"""The reference pages and the code say the same, in both directions."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import click
import msgspec
import pytest

import corral_core
from corral_core import hookspecs
from corral_core.cli.bundle import bundle
from corral_core.cli.report import report
from corral_core.cli.run import run_command
from corral_core.job import Job
from corral_core.plugins import load
from corral_core.report import api
from corral_core.settings.fields import show
from corral_core.settings.schema import Schema, Setting
from corral_core.tasks import FailureKind, Phase
from tests.docs.conftest import ROOT, prose, table

REFERENCE = ROOT / "docs" / "reference"
BUNDLE_HEADING = "## Flags of `corral bundle`"


@pytest.fixture(scope="module")
def settings() -> dict[str, Setting]:
    ours = {"corral-core", "gcf", "lambda", "local-process"}
    return {setting.name: setting for setting in Schema(load()) if setting.owner in ours}


def test_every_setting_is_documented_and_every_documented_setting_exists(settings: dict[str, Setting]) -> None:
    assert set(table(REFERENCE / "settings.md", "setting")) == set(settings)


def test_documented_defaults_are_the_defaults(settings: dict[str, Setting]) -> None:
    documented = {name: cells[0].strip("`") for name, cells in table(REFERENCE / "settings.md", "setting").items()}
    real = {name: show(setting.field, setting.field.default) for name, setting in settings.items()}
    assert documented == real


def test_every_flag_is_documented_and_every_documented_flag_exists(settings: dict[str, Setting]) -> None:
    others = {flag for setting in Schema(load()) if setting.name not in settings for flag in setting.flags}
    options = [option for option in run_command().params if isinstance(option, click.Option)]
    flags = {flag for option in options for flag in (*option.opts, *option.secondary_opts)} - others
    page, _, _ = prose(REFERENCE / "cli.md").partition(BUNDLE_HEADING)
    assert flags_of(page) == flags | {"-h", "--help"}


def test_every_flag_of_corral_bundle_is_documented_and_every_documented_flag_exists() -> None:
    _, _, section = prose(REFERENCE / "cli.md").partition(BUNDLE_HEADING)
    assert flags_of(section) == {flag for option in bundle.params for flag in option.opts if flag.startswith("-")}


def flags_of(text: str) -> set[str]:
    """The flags in the first cells of a text's tables."""
    rows = re.findall(r"^\| (`-.*?`) \|", text, re.MULTILINE)
    return {flag for row in rows for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}


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


def test_every_flag_of_corral_report_is_documented_and_every_documented_flag_exists() -> None:
    _, _, section = prose(REFERENCE / "cli.md").partition("## The report of a run")
    section, _, _ = section.partition("\n## ")
    named = set(re.findall(r"(?<=`)--?[a-z][a-z-]*", section))
    assert named == {flag for option in report.params for flag in option.opts if flag.startswith("-")}
