from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, SecretStr

from corral_core import plugins as plugin_manager
from corral_core.plugins import Plugins
from corral_core.settings import CoreSettings

if TYPE_CHECKING:
    from pathlib import Path


class VaultSettings(BaseModel):
    vault_token: SecretStr | None = None


@pytest.fixture(autouse=True)
def _vault(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = Plugins()
    plugins.settings.add("VaultSettings", VaultSettings, "vault")
    monkeypatch.setattr(plugin_manager, "load", lambda: plugins)


def test_every_setting_is_shown_those_that_somebody_set_first(here: Path, corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLIT_SIZE", "1.5GiB")
    (here / "corralrc").write_text("reducers = 3")
    outcome = corral("config")
    rows = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert (outcome.code, outcome.err) == (0, "")
    assert len(rows) == len(CoreSettings.model_fields) + 1
    assert rows[:2] == [
        "splitSize 1536 MiB variable CORRAL_SPLIT_SIZE",
        f"reducers 3 rc file {here / 'corralrc'}",
    ]
    assert "cleanup true" in rows[2:]
    assert "executor inline" in rows[2:]


def test_where_each_value_came_from_is_shown_to_the_line(here: Path, corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLIT_SIZE", "1.5GiB")
    (here / "corralrc").write_text("# mine\nreducers: 3")
    rows = [" ".join(line.split()) for line in corral("config", "--show-origin").out.splitlines()]
    assert rows[:2] == [
        "splitSize 1536 MiB variable CORRAL_SPLIT_SIZE",
        f"reducers 3 rc file {here / 'corralrc'}:2",
    ]
    assert "cleanup true default of corral-core" in rows[2:]
    assert "vaultToken none default of vault" in rows[2:]


def test_one_setting_is_its_value_alone(here: Path, corral: Any) -> None:
    (here / "corralrc").write_text("reducers = 3")
    assert corral("config", "reducers").out == "3\n"
    assert corral("config", "show", "split_size").out == "100 MiB\n"
    assert (
        " ".join(corral("config", "--show-origin", "reducers").out.split())
        == f"reducers 3 rc file {here / 'corralrc'}:1"
    )
    assert json.loads(corral("config", "reducers", "--json").out)["reducers"]["value"] == 3


def test_an_unknown_setting_is_refused_with_the_nearest(corral: Any) -> None:
    outcome = corral("config", "spiltSize")
    assert outcome.code == 2
    assert outcome.sentence == "there is no setting spiltSize; did you mean splitSize?"


def test_json_has_values_layers_and_places(corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLITSIZE", "1MB")
    table = json.loads(corral("config", "--json").out)
    assert table["splitSize"] == {"value": 10**6, "layer": "environment", "where": "CORRAL_SPLITSIZE"}
    assert table["reducers"] == {"value": None, "layer": "default", "where": ""}


@pytest.mark.parametrize("arguments", [["config"], ["config", "--json"]], ids=" ".join)
def test_a_secret_is_never_shown(arguments: list[str], corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_VAULTTOKEN", "hunter2")
    outcome = corral(*arguments)
    assert "vaultToken" in outcome.out
    assert "****" in outcome.out
    assert "hunter2" not in outcome.out + outcome.err


def test_a_bad_setting_is_refused(corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLITSIZE", "huge")
    outcome = corral("config")
    assert outcome.code == 2
    assert "variable CORRAL_SPLITSIZE" in outcome.sentence


@pytest.mark.parametrize("form", ["toml", "yaml", "json"])
def test_a_file_to_begin_with_has_every_setting_and_sets_none(form: str, here: Path, corral: Any) -> None:
    before = json.loads(corral("config", "--json").out)
    outcome = corral("config", "init", "--format", form)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith(f"{here / 'corralrc'} has every setting and sets none yet: ")
    assert all(name in (here / "corralrc").read_text() for name in before)
    assert json.loads(corral("config", "--json").out) == before


def test_a_file_that_is_there_is_replaced_only_when_forced(here: Path, corral: Any) -> None:
    (here / "corralrc.yaml").write_text("reducers: 3")
    outcome = corral("config", "init")
    assert outcome.code == 2
    assert outcome.sentence == f"{here / 'corralrc.yaml'} is there already: edit it, or replace it with --force"
    assert corral("config", "reducers").out == "3\n"
    refused = corral("config", "init", "--force", "--format", "toml")
    assert refused.code == 2
    assert "corralrc.yaml is there, which is yaml by its name" in refused.sentence
    assert corral("config", "init", "--force").code == 0
    assert corral("config", "reducers").out == "none\n"
    assert "#reducers: 1" in (here / "corralrc.yaml").read_text()


def test_the_file_for_all_directories_is_in_the_home_directory(here: Path, corral: Any) -> None:
    assert corral("config", "init", "--global").code == 0
    assert (here.parent / "home" / ".corral" / "corralrc").exists()
    assert not (here / "corralrc").exists()


def test_a_file_can_be_begun_although_what_is_set_is_wrong(corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLITSIZE", "huge")
    assert corral("config", "init").code == 0


def test_a_directory_that_takes_no_file_is_named(here: Path, corral: Any) -> None:
    (here.parent / "home" / ".corral").write_text("a file")
    outcome = corral("config", "init", "--global")
    assert outcome.code == 2
    assert "corralrc can't be written: " in outcome.sentence


def test_help_names_both_ways(corral: Any) -> None:
    outcome = corral("config", "--help")
    assert outcome.code == 0
    assert "show" in outcome.out
    assert "init" in outcome.out
    assert "--force" in corral("config", "init", "--help").out


def test_a_list_of_nothing_is_shown_as_none(corral: Any) -> None:
    assert corral("config", "prices").out == "none\n"


def test_the_list_of_its_commands_is_whole(corral: Any) -> None:
    assert "...\n" not in corral("config", "--help").out.partition("Commands:")[2]
