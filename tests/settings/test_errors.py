"""What is wrong in a layer is one sentence that names the layer, the place in it, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, model_validator

from corral_core.errors import PluginError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.plugins import Plugins


def message_of(load: Any, **layers: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**layers)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (
            {"options": {"splt_size": 1}},
            "unknown setting splt_size in the options in code; did you mean split_size?",
        ),
        ({"options": {"spltSize": 1}}, "unknown setting spltSize in the options in code; did you mean splitSize?"),
        ({"flags": {"splt_size": 1}}, "unknown setting splt_size in the flags; did you mean --split-size?"),
        (
            {"env": {"CORRAL_SPLTSIZE": "1"}},
            "unknown setting CORRAL_SPLTSIZE in the environment; did you mean CORRAL_SPLITSIZE?",
        ),
        ({"env": {"CORRAL_ZZZ": "1"}}, "unknown setting CORRAL_ZZZ in the environment; see: corral config"),
        (
            {"env": {"CORRAL_TRACTORNAM": "1"}},
            "unknown setting CORRAL_TRACTORNAM in the environment; did you mean CORRAL_TRACTORNAME?",
        ),
    ],
    ids=["code", "code-camel", "flag", "environment", "nothing-near", "plugin"],
)
def test_an_unknown_setting_names_its_layer_and_the_nearest(layers: Any, says: str, load: Any) -> None:
    assert message_of(load, **layers) == says


def test_an_unknown_setting_in_an_rc_file_names_the_file(load: Any, cwd: Path) -> None:
    (cwd / "corralrc").write_text("spltSize: 1")
    path = cwd / "corralrc"
    assert message_of(load) == f"unknown setting spltSize in rc file {path}; did you mean splitSize?"


def test_a_setting_of_a_known_plugin_that_is_not_there_names_its_package(load: Any) -> None:
    assert "corral-lambda, which is not loaded" in message_of(load, env={"CORRAL_LAMBDAMEMORY": "1"})


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("splitSize", "huge", "give a size such as 100, 100MB or 100MiB"),
        ("splitSize", "1.5", "give a whole number of bytes"),
        ("splitSize", "0", "give at least 1 byte"),
        ("tractorTank", "0", "give at least 1 byte"),
        ("reducers", "0", "give 1 or more"),
        ("maxConcurrency", "0", "give 1 or more"),
        ("maxConcurrency", "many", "give a whole number"),
        ("overwrite", "maybe", "give true or false"),
        ("shuffleLayout", "tree", "give one of auto, files, single"),
        ("encoding", "klingon", "there is no text encoding 'klingon': try utf-8, latin-1 or bytes"),
        ("tractorLoad", "much", "give a number"),
        ("tractorLoad", "2", "give 1.0 or less"),
    ],
)
def test_a_bad_value_names_its_source_in_every_layer(name: str, value: str, advice: str, load: Any, cwd: Path) -> None:
    variable = f"CORRAL_{name.upper()}"
    start = f"bad value {value!r} for {name} from "
    assert message_of(load, options={name: value}) == f"{start}option {name} in code: {advice}"
    assert message_of(load, env={variable: value}) == f"{start}variable {variable}: {advice}"
    assert message_of(load, flags={name: value}).startswith(f"{start}flag --")
    (cwd / "corralrc.json").write_text(f'{{"{name}": "{value}"}}')
    assert message_of(load) == f"{start}rc file {cwd / 'corralrc.json'}: {advice}"


@pytest.mark.parametrize(
    ("name", "value"), [("reducers", True), ("reducers", 1.5), ("encoding", 8), ("executor", ["inline"])]
)
def test_a_value_of_another_type_is_refused(name: str, value: object, load: Any) -> None:
    assert f"bad value {value!r} for {name}" in message_of(load, options={name: value})


def test_a_long_value_is_shortened(load: Any) -> None:
    assert len(message_of(load, options={"splitSize": "x" * 10_000})) < 200


def test_a_bad_secret_is_not_shown(load: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        load(options={"tractorToken": ["hunter2"]})
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "tractorToken" in str(caught.value)


def test_settings_that_do_not_fit_together_name_where_they_came_from(load: Any, plugins: Plugins) -> None:
    class PlowSettings(BaseModel):
        plow_width: int = 1
        plow_depth: int = 1

        @model_validator(mode="after")
        def _shape(self) -> PlowSettings:
            if self.plow_depth > self.plow_width:
                raise ValueError("Deeper than wide")
            return self

    plugins.settings.add("PlowSettings", PlowSettings, "plow")
    message = message_of(load, env={"CORRAL_PLOWDEPTH": "2"})
    assert "PlowSettings" in message
    assert "variable CORRAL_PLOWDEPTH" in message


def test_two_models_with_one_setting_are_refused_by_name(load: Any, plugins: Plugins) -> None:
    class Rival(BaseModel):
        splitsize: int = 1

    plugins.settings.add("Rival", Rival, "rival")
    with pytest.raises(PluginError, match=r"setting splitsize: corral-core \(.*CoreSettings\) and rival \(.*Rival\)"):
        load()


def test_a_setting_without_a_default_is_refused(load: Any, plugins: Plugins) -> None:
    class Demanding(BaseModel):
        toll: int

    plugins.settings.add("Demanding", Demanding, "demanding")
    with pytest.raises(PluginError, match=r"demanding has the setting toll .* without a default"):
        load()
