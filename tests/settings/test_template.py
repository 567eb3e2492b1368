"""The corralrc to begin with: it sets nothing, and every line of it can be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic import BaseModel, SecretStr

from corral_core.errors import SettingsError
from corral_core.plugins import Plugins, load
from corral_core.settings.api import load_settings
from corral_core.settings.fields import option
from corral_core.settings.rcfile import line_of
from corral_core.settings.schema import Schema
from corral_core.settings.template import FORMATS, Format, template

if TYPE_CHECKING:
    from pathlib import Path


class BarnSettings(BaseModel):
    """A plugin's, of every kind that the core's own settings leave out."""

    barn_gate: str = option("say \"moo\" # \u00e9 'now'", "Who may enter, and when.")
    barn_token: SecretStr | None = None
    barn_doors: tuple[str, ...] = ("front", "back")
    barn_height: float = 3.5


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """All that are installed, and one more."""
    loaded, made = load(), Plugins()
    for name, model in loaded.settings.items():
        made.settings.add(name, model, loaded.settings.owner(name))
    made.settings.add("BarnSettings", BarnSettings, "barn")
    return made


def names(plugins: Plugins) -> list[str]:
    return [setting.name for setting in Schema(plugins)]


def set_by(text: str, directory: Path, plugins: Plugins, suffix: str = "") -> dict[str, str]:
    """What a file sets, as it is shown."""
    directory.mkdir(exist_ok=True)
    (directory / f"corralrc{suffix}").write_text(text, encoding="utf-8")
    settings = load_settings(env={}, cwd=directory, home=directory / "home", plugins=plugins)
    return {item.setting.name: item.shown for item in settings.items() if item.origin.layer == "rc file"}


def test_every_format_is_there() -> None:
    assert get_args(Format) == FORMATS


@pytest.mark.parametrize("suffix", ["", "."], ids=["by content", "by suffix"])
@pytest.mark.parametrize("form", FORMATS)
def test_as_it_is_it_sets_nothing(form: Format, suffix: str, tmp_path: Path, plugins: Plugins) -> None:
    text = template(Schema(plugins), form)
    assert set_by(text, tmp_path, plugins, suffix and f".{form}") == {}


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_each_line_can_be_used_and_means_the_default_where_there_is_one(
    form: Format, tmp_path: Path, plugins: Plugins
) -> None:
    text = template(Schema(plugins), form)
    lines = [line for line in text.splitlines() if line.startswith("#") and not line.startswith(("# ", "##"))]
    defaults = {
        item.setting.name: item for item in load_settings(env={}, cwd=tmp_path, home=tmp_path, plugins=plugins).items()
    }
    for number, (name, line) in enumerate(zip(names_in_order(plugins), lines, strict=True)):
        found = set_by(text.replace(line, line[1:], 1), tmp_path / str(number), plugins)
        default = defaults[name].setting.field.get_default(call_default_factory=True)
        if default is None:
            assert set(found) == {name}
        else:
            assert found == {name: defaults[name].shown}


def names_in_order(plugins: Plugins) -> list[str]:
    """As the template has them: by group, in the order of the groups' first members."""
    groups: dict[str, list[str]] = {}
    for setting in Schema(plugins):
        groups.setdefault(setting.group, []).append(setting.name)
    return [name for group in groups.values() for name in group]


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_all_lines_can_be_used_together(form: Format, tmp_path: Path, plugins: Plugins) -> None:
    lines = template(Schema(plugins), form).splitlines()
    used = [line[1:] if line.startswith("#") and not line.startswith(("# ", "##")) else line for line in lines]
    assert set(set_by("\n".join(used), tmp_path, plugins)) == set(names(plugins))


def test_json_has_every_setting_as_null(plugins: Plugins) -> None:
    assert json.loads(template(Schema(plugins), "json")) == dict.fromkeys(names_in_order(plugins))


def test_help_and_default_stand_above_each_setting(plugins: Plugins) -> None:
    text = template(Schema(plugins), "toml")
    assert "### barn\n\n# Who may enter, and when. Default: say" in text
    assert '# An input split, at most. Default: 100 MiB.\n#splitSize = "100 MiB"\n' in text
    assert "# How many; by default from the size of the input. Not set by default.\n#reducers = 1\n" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_key_is_found_on_its_line_in_any_format_and_spelling(tmp_path: Path) -> None:
    path = tmp_path / "corralrc"
    for text in ("# splitSize\n\nsplit_size = 1\n", "a: 1\n\nsplitSize: 1\n", '{"a": 1,\n\n "split-size": 1}'):
        path.write_text(text)
        assert line_of(path, "splitSize") == 3
        assert line_of(path, "reducers") is None


def test_one_setting_is_found_by_any_spelling_and_a_mistaken_name_gets_the_nearest(
    tmp_path: Path, plugins: Plugins
) -> None:
    settings = load_settings(env={"CORRAL_BARN_HEIGHT": "2"}, cwd=tmp_path, home=tmp_path, plugins=plugins)
    assert settings.item("barn-height").value == 2
    with pytest.raises(SettingsError, match=r"there is no setting barnHight; did you mean barnHeight\?"):
        settings.item("barnHight")
    with pytest.raises(SettingsError, match="there is no setting xyzzy; corral config shows all"):
        settings.item("xyzzy")
