"""One setting has many spellings, and each layer takes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import SettingsError
from corral_core.settings.names import camel, canonical, nearest

ATTRIBUTES = st.from_regex(r"[a-z]+(_[a-z]+){0,3}", fullmatch=True)


@given(ATTRIBUTES)
def test_all_spellings_of_an_attribute_have_one_canonical_name(attribute: str) -> None:
    spellings = {attribute, camel(attribute), attribute.upper(), attribute.replace("_", "-")}
    assert {canonical(spelling) for spelling in spellings} == {attribute.replace("_", "")}


def test_the_public_spelling_is_camel_case() -> None:
    assert camel("map_bin_size") == "mapBinSize"
    assert camel("reducers") == "reducers"


def test_the_nearest_name_is_found_or_none() -> None:
    assert nearest("spltSize", ["splitsize", "mapbinsize"]) == "splitsize"
    assert nearest("zebra", ["splitsize", "mapbinsize"]) is None


@pytest.mark.parametrize("name", ["splitSize", "split_size", "split-size", "SPLITSIZE", "splitsize"])
def test_every_spelling_works_in_code(name: str, load: Any) -> None:
    assert load({name: 9}).core.split_size == 9


@pytest.mark.parametrize("name", ["CORRAL_SPLITSIZE", "CORRAL_SPLIT_SIZE"])
def test_every_spelling_works_in_the_environment(name: str, load: Any) -> None:
    settings = load(env={name: "9"})
    assert settings.core.split_size == 9
    assert settings.origin("split_size").where == name


@pytest.mark.parametrize("name", ["splitSize", "split_size"])
def test_every_spelling_works_in_an_rc_file(name: str, load: Any, cwd: Any) -> None:
    (cwd / "corralrc").write_text(f"{name} = 9")
    assert load().core.split_size == 9


def test_an_alias_is_the_public_name(load: Any) -> None:
    for env in ({"CORRAL_TRACTORROLEARN": "arn:x"}, {"CORRAL_TRACTOR_ROLE_ARN": "arn:x"}):
        assert {item.setting.name: item.value for item in load(env=env).items()}["tractorRoleARN"] == "arn:x"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"options": {"splitSize": 1, "split_size": 1}}, ["the options in code", "splitSize", "split_size"]),
        (
            {"env": {"CORRAL_SPLITSIZE": "1", "CORRAL_SPLIT_SIZE": "2"}},
            ["the environment", "CORRAL_SPLITSIZE", "CORRAL_SPLIT_SIZE"],
        ),
    ],
    ids=["code", "environment"],
)
def test_two_spellings_in_one_layer_are_refused(arguments: Any, named: list[str], load: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**arguments)
    assert all(name in str(caught.value) for name in named)
