from __future__ import annotations

from typing import Any

import click
import pytest

from corral_core import plugins as plugin_manager
from corral_core.plugins import BrokenPlugin, LoadedPlugin, Plugins


@click.command("plow", help="Plow the fields.")
@click.argument("field")
@click.option("--deep", is_flag=True)
def plow(field: str, deep: bool) -> None:
    click.echo(f"{field} {deep}")


@pytest.fixture
def farm(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    plugins = Plugins()
    plugins.loaded += [LoadedPlugin("farm", "corral-farm 1.2"), LoadedPlugin("idle", "corral-idle 0.1")]
    plugins.broken.append(BrokenPlugin("barn", "corral-barn 3.0", "ImportError: no hay\nin the barn"))
    plugins.commands.add("plow", plow, "farm")
    monkeypatch.setattr(plugin_manager, "load", lambda: plugins)
    return plugins


def test_the_built_in_plugin_and_what_it_registers_are_listed(corral: Any) -> None:
    outcome = corral("plugins")
    assert (outcome.code, outcome.err) == (0, "")
    first, *rest = outcome.out.splitlines()
    assert first.startswith("corral-core ")
    assert "  executors: inline" in rest
    assert any(line.startswith("  input formats: ") and "text" in line for line in rest)


@pytest.mark.usefixtures("farm")
def test_each_plugin_is_listed_with_its_version_and_what_it_registers(corral: Any) -> None:
    assert corral("plugins").out.splitlines()[2:] == [
        "farm (corral-farm 1.2)",
        "  commands: plow",
        "idle (corral-idle 0.1)",
        "  registers: nothing",
        "barn (corral-barn 3.0) is broken: ImportError: no hay in the barn",
    ]


@pytest.mark.usefixtures("farm")
def test_a_plugins_command_is_a_subcommand(corral: Any) -> None:
    outcome = corral("plow", "north", "--deep")
    assert (outcome.code, outcome.out) == (0, "north True\n")
    assert "Of plugins:\n  plow  Plow the fields\n" in corral("--help").out


@pytest.mark.usefixtures("farm")
def test_a_plugins_command_fails_like_the_others(corral: Any) -> None:
    outcome = corral("plow")
    assert outcome.code == 2
    assert outcome.sentence == "missing argument 'FIELD'; see: corral plow --help"
