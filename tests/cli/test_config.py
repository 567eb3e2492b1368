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


def test_every_setting_is_shown_with_its_value_and_its_origin(here: Path, corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_SPLIT_SIZE", "1.5GiB")
    (here / "corralrc").write_text("reducers = 3")
    outcome = corral("config")
    rows = [line.split(maxsplit=1) for line in outcome.out.splitlines()]
    assert (outcome.code, outcome.err) == (0, "")
    assert len(rows) == len(CoreSettings.model_fields) + 1
    table = {name: " ".join(rest.split()) for name, rest in rows}
    assert table["splitSize"] == "1536 MiB variable CORRAL_SPLIT_SIZE"
    assert table["reducers"] == f"3 rc file {here / 'corralrc'}"
    assert table["cleanup"] == "true default"
    assert table["executor"] == "inline default"


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
