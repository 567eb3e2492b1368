"""Every setting is a flag, a plugin's as well, and the help shows them."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from corral_core import plugins as plugin_manager
from corral_core.cli.options import setting_options
from corral_core.errors import PluginError
from corral_core.plugins import Plugins
from corral_core.settings import CoreSettings
from corral_core.settings.fields import Size, option
from corral_core.settings.schema import Schema


class TractorSettings(BaseModel):
    tractor_on: bool = Field(True, description="Start it.")
    tractor_tank: Size | None = option(None, "Fuel.", flags=("-t",))
    tractor_gear: Literal["low", "high"] = "low"
    tractor_token: SecretStr | None = None
    job_inputs: str = Field("x", description="Like a parameter of the command.")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    found = Plugins()
    found.settings.add("TractorSettings", TractorSettings, "tractor")
    monkeypatch.setattr(plugin_manager, "load", lambda: found)
    return found


def options_by_flag(plugins: Plugins) -> dict[str, Any]:
    options = setting_options(Schema(plugins), frozenset())
    return {flag: option for option in options for flag in (*option.opts, *option.secondary_opts)}


def test_every_setting_is_a_flag_in_kebab_case(plugins: Plugins) -> None:
    flags = options_by_flag(plugins)
    fields = [*CoreSettings.model_fields, *TractorSettings.model_fields]
    assert {f"--{name.replace('_', '-')}" for name in fields} <= set(flags)


def test_switches_turn_on_and_off(plugins: Plugins) -> None:
    flags = options_by_flag(plugins)
    assert {"--cleanup", "--no-cleanup", "--tractor-on", "--no-tractor-on", "-v", "--verbose"} <= set(flags)
    assert "--no-reducers" not in flags


def test_flags_have_their_short_forms(plugins: Plugins) -> None:
    flags = options_by_flag(plugins)
    assert flags["-o"] is flags["--out"] is flags["--working-location"]
    assert flags["-t"] is flags["--tractor-tank"]


@pytest.mark.usefixtures("plugins")
def test_a_plugins_flag_gives_its_setting(corral: Any) -> None:
    outcome = corral("job.py", "-t", "lots")
    assert outcome.code == 2
    assert outcome.sentence.startswith("bad value 'lots' for tractorTank from flag --tractor-tank: give a size")


@pytest.mark.parametrize(
    ("attribute", "flags", "named"),
    [
        ("quiet", (), "--quiet"),
        ("lambda", (), "--lambda"),
        ("no_cleanup", (), "--no-cleanup"),
        ("other", ("-o",), "-o"),
    ],
)
def test_a_flag_that_is_taken_is_refused_by_name(
    attribute: str, flags: tuple[str, ...], named: str, plugins: Plugins, corral: Any
) -> None:
    annotated: dict[str, Any] = {"__annotations__": {attribute: "str"}, attribute: option("", "Taken.", flags=flags)}
    plugins.settings.add("Rival", type("Rival", (BaseModel,), {"__module__": __name__, **annotated}), "rival")
    outcome = corral("--help")
    assert outcome.code == 2
    assert f"rival has the flag {named}, which " in outcome.sentence


def test_the_refusal_names_both_sides(plugins: Plugins) -> None:
    class Rival(BaseModel):
        other: str = option("", "Taken.", flags=("-t",))

    plugins.settings.add("AaaRival", Rival, "rival")
    with pytest.raises(PluginError, match=r"tractor has the flag -t, which rival has already"):
        options_by_flag(plugins)
