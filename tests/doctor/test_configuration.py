from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.doctor.configuration import configuration

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_sources_are_named_with_how_much_they_set(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, (none,) = configuration()
    assert none.detail == "all as they are by default"
    (here / "corralrc").write_text("reducers = 3\nsplitSize = '1MB'\n")
    monkeypatch.setenv("CORRAL_TASK_MEMORY", "1GiB")
    settings, (finding,) = configuration()
    assert finding.detail == f"2 from rc file {here / 'corralrc'}, 1 from the environment"
    assert settings.core.task_memory == 2**30


@pytest.mark.parametrize(
    ("text", "detail", "remedy"),
    [
        ("spiltSize = 3", "unknown setting spiltSize in rc file", "did you mean splitSize?"),
        ("splitSize = 'huge'", "bad value 'huge' for splitSize from rc file", "give a size such as 100, 100MB"),
        ("[", "is not valid TOML", ""),
    ],
    ids=["name", "value", "syntax"],
)
def test_what_cannot_be_used_fails_and_the_defaults_go_on(here: Path, text: str, detail: str, remedy: str) -> None:
    (here / "corralrc").write_text(text)
    settings, (finding,) = configuration()
    assert finding.state == "failed"
    assert detail in finding.detail
    assert remedy in finding.remedy
    assert not settings.is_set("splitSize")


def test_plugins_that_are_left_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRAL_LOAD_PLUGINS", "")
    _, (_, finding) = configuration()
    assert (finding.state, finding.detail) == ("warning", "CORRAL_LOAD_PLUGINS lets only some plugins load: none")
