"""Every layer overrides those below it, key by key, and a setting knows where its value came from."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import SettingsError
from corral_core.settings.api import Origin

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = ("code", "flag", "environment", "rc file here", "rc file at home", "default")


@pytest.fixture
def origin(cwd: Path, private: Path) -> dict[str, Origin]:
    return {
        "code": Origin("code", "splitSize"),
        "flag": Origin("flag", "--split-size"),
        "environment": Origin("environment", "CORRAL_SPLITSIZE"),
        "rc file here": Origin("rc file", str(cwd / "corralrc")),
        "rc file at home": Origin("rc file", str(private / "corralrc")),
        "default": Origin("default"),
    }


@pytest.fixture
def give(cwd: Path, private: Path) -> Any:
    """Sets splitSize in one layer, to the layer's number."""

    def give(layer: str, arguments: dict[str, Any]) -> None:
        value = str(LAYERS.index(layer) + 1)
        match layer:
            case "code":
                arguments["options"] = {"splitSize": value}
            case "flag":
                arguments["flags"] = {"split_size": value}
            case "environment":
                arguments["env"] = {"CORRAL_SPLITSIZE": value}
            case "rc file here":
                (cwd / "corralrc").write_text(f"splitSize: {value}")
            case "rc file at home":
                (private / "corralrc").write_text(f"splitSize: {value}")

    return give


@pytest.mark.parametrize(("higher", "lower"), list(combinations(LAYERS, 2)))
def test_a_layer_overrides_a_lower_one(higher: str, lower: str, load: Any, give: Any, origin: Any) -> None:
    arguments: dict[str, Any] = {}
    give(lower, arguments)
    give(higher, arguments)
    settings = load(**arguments)
    assert settings.core.split_size == LAYERS.index(higher) + 1
    assert settings.origin("splitSize") == origin[higher]


def test_rc_files_merge_key_by_key(load: Any, cwd: Path, private: Path) -> None:
    (cwd / "corralrc").write_text('{"splitSize": 1}')
    (private / "corralrc").write_text('{"splitSize": 2, "map_bin_size": 3}')
    settings = load()
    assert (settings.core.split_size, settings.core.map_bin_size) == (1, 3)
    assert settings.origin("mapBinSize").where == str(private / "corralrc")


def test_is_set_tells_values_that_somebody_gave_from_defaults(load: Any) -> None:
    settings = load(env={"CORRAL_MAPBINSIZE": "512MiB"})
    assert settings.is_set("mapBinSize")
    assert settings.is_set("map_bin_size")
    assert not settings.is_set("splitSize")


def test_none_in_code_is_an_option_that_was_not_given(load: Any) -> None:
    settings = load({"reducers": None, "splitSize": None}, {"split_size": "7"})
    assert settings.core.split_size == 7
    assert not settings.is_set("reducers")


def test_an_empty_variable_counts_as_not_set(load: Any) -> None:
    assert not load(env={"CORRAL_REDUCERS": ""}).is_set("reducers")


def test_a_bad_value_that_is_overridden_does_no_harm(load: Any) -> None:
    assert load(flags={"split_size": "5"}, env={"CORRAL_SPLITSIZE": "huge"}).core.split_size == 5


@pytest.mark.parametrize("name", ["CORRAL_LOAD_PLUGINS", "CORRAL_CODE_ROOT", "HOME", "CORRALLING"])
def test_variables_that_are_no_settings_are_left_alone(name: str, load: Any) -> None:
    load(env={name: "x"})


def test_the_same_rc_file_is_read_once_when_the_directory_is_the_private_one(private: Path, plugins: Any) -> None:
    from corral_core.settings.api import load_settings

    (private / "corralrc").write_text("reducers: 3")
    settings = load_settings(env={}, cwd=private, home=private.parent, plugins=plugins)
    assert settings.core.reducers == 3


def test_the_executor_is_local_process_where_that_is_registered(load: Any, plugins: Any) -> None:
    assert load().core.executor == "inline"
    plugins.executors.add("local-process", object, "local-process")
    settings = load()
    assert settings.core.executor == "local-process"
    assert settings.origin("executor") == Origin("default")
    assert load(flags={"executor": "inline"}).core.executor == "inline"


def test_a_current_directory_that_is_gone_is_no_bug_of_ours(cwd: Path, plugins: Any, monkeypatch: Any) -> None:
    from corral_core.settings.api import load_settings

    monkeypatch.chdir(cwd)
    cwd.rmdir()
    with pytest.raises(SettingsError, match="the current directory has been removed"):
        load_settings(env={}, plugins=plugins)
