"""What every distribution of this repository has in common."""

from __future__ import annotations

import re

import pytest

from release.distributions import ROOT, Distribution, distributions

ALL = distributions()
CORE, *PLUGINS = ALL


def test_the_core_comes_first_and_every_folder_of_plugins_is_one() -> None:
    assert CORE.name == "corral-core"
    assert {plugin.folder for plugin in PLUGINS} == {path.parent for path in ROOT.glob("plugins/*/pyproject.toml")}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_it_is_licensed_typed_and_says_what_it_is(one: Distribution) -> None:
    assert (one.folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (one.folder / one.package / "py.typed").exists()
    assert (one.folder / one.project["readme"]).exists()
    assert one.project["license"] == "MIT"
    assert one.project["license-files"] == ["LICENSE"]
    assert one.project["requires-python"] == CORE.project["requires-python"]
    assert one.project["description"].endswith(".")


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda one: one.name)
def test_a_plugin_is_released_with_its_core(plugin: Distribution) -> None:
    assert plugin.version == CORE.version
    core = re.compile(rf"corral-core(\[\w+\])?=={re.escape(CORE.version)}")
    assert any(map(core.fullmatch, plugin.project["dependencies"]))
    assert list(plugin.project["entry-points"]) == ["corral"]


def test_a_distribution_comes_behind_those_that_it_depends_on() -> None:
    names = [one.name for one in ALL]
    for one in ALL:
        assert all(names.index(need) < names.index(one.name) for need in one.needs & set(names))
