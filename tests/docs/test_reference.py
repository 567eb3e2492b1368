"""The reference pages and the code say the same, in both directions."""

from __future__ import annotations

import importlib
import inspect
import re

import click
import pytest

import corral_core
from corral_core import hookspecs
from corral_core.cli import main
from corral_core.cli.run import run_command
from corral_core.job import Job
from corral_core.plugins import load
from corral_core.settings.fields import show
from corral_core.settings.schema import Schema, Setting
from tests.docs.conftest import ROOT, prose, table

REFERENCE = ROOT / "docs" / "reference"
SUBCOMMAND = re.compile(r"^## Flags of `corral (\w+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
"""The section of a subcommand's flags."""


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
    assert flags_of(SUBCOMMAND.sub("", prose(REFERENCE / "cli.md"))) == flags | {"-h", "--help"}


def test_every_flag_of_a_subcommand_is_documented_and_every_documented_flag_exists() -> None:
    commands = [getattr(importlib.import_module(f"corral_core.cli.{name}"), name) for name in main._COMMANDS]
    real = {command.name: flags for command in commands if (flags := own_flags(command))}
    documented = {name: flags_of(text) for name, text in SUBCOMMAND.findall(prose(REFERENCE / "cli.md"))}
    assert documented == real


def own_flags(command: click.Command) -> set[str]:
    """A command's flags, with those of the commands in it."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    inner = {flag for sub in below for flag in own_flags(sub)}
    return inner | {flag for option in command.params for flag in option.opts if flag.startswith("-")}


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
