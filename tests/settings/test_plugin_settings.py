"""A plugin's settings live in the same layers as the core's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from corral_core.errors import PluginError
from corral_core.settings.api import CoreSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("layer", ["code", "flag", "environment", "rc file"])
def test_a_plugins_setting_is_read_from_each_layer(layer: str, load: Any, tractor: Any, cwd: Path) -> None:
    (cwd / "corralrc").write_text("tractorName: rc" if layer == "rc file" else "")
    settings = load(
        options={"tractorName": "code"} if layer == "code" else {},
        flags={"tractor_name": "flag"} if layer == "flag" else {},
        env={"CORRAL_TRACTORNAME": "environment"} if layer == "environment" else {},
    )
    assert settings.section(tractor).tractor_name == layer.removesuffix(" file")
    assert settings.origin("tractorName").layer == layer


def test_a_section_is_checked_and_has_its_own_type(load: Any, tractor: Any) -> None:
    settings = load(env={"CORRAL_TRACTORTANK": "2MiB", "CORRAL_TRACTOR_FIELDS": "north, south"})
    section = settings.section(tractor)
    assert isinstance(section, tractor)
    assert section.tractor_tank == 2**21
    assert section.tractor_fields == ["north", "south"]
    assert isinstance(settings.section(CoreSettings), CoreSettings)


def test_a_model_that_no_plugin_registered_is_refused(load: Any) -> None:
    class Stranger(BaseModel):
        pass

    with pytest.raises(PluginError, match="Stranger"):
        load().section(Stranger)


def test_a_secret_is_kept_and_never_shown(load: Any, tractor: Any) -> None:
    settings = load(env={"CORRAL_TRACTORTOKEN": "hunter2"})
    assert settings.section(tractor).tractor_token.get_secret_value() == "hunter2"
    assert "hunter2" not in "".join(item.shown for item in settings.items())


def test_items_are_every_setting_with_the_cores_first(load: Any, tractor: Any) -> None:
    names = [item.setting.attribute for item in load().items()]
    assert names == [*CoreSettings.model_fields, *tractor.model_fields]


def test_values_are_shown_as_people_write_them(load: Any) -> None:
    shown = {item.setting.name: item.shown for item in load({"tractorFields": ["a", "b"]}).items()}
    assert shown["splitSize"] == "100 MiB"
    assert shown["cleanup"] == "true"
    assert shown["reducers"] == "none"
    assert shown["tractorFields"] == "a,b"
    assert shown["tractorTank"] == "none"


def test_an_unknown_name_has_no_origin(load: Any) -> None:
    with pytest.raises(KeyError):
        load().origin("zebra")


def test_core_settings_are_frozen(load: Any) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().core.reducers = 1


def test_every_core_setting_has_a_help_text() -> None:
    assert all(field.description for field in CoreSettings.model_fields.values())
