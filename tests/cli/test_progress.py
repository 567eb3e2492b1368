"""Which display suits stderr and the settings."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from corral_core.cli.bars import BarProgress
from corral_core.cli.jsonlog import JsonProgress
from corral_core.cli.lines import LineProgress
from corral_core.cli.progress import Kind, progress


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)


def display(kind: Kind, *, json: bool = False) -> type:
    with progress(kind, verbose=False, json=json) as displays:
        return type(displays[0] if displays else None)


@pytest.mark.parametrize(
    ("kind", "expected"), [("auto", BarProgress), ("bars", BarProgress), ("plain", LineProgress), ("none", type(None))]
)
def test_on_a_terminal_the_setting_decides(kind: Kind, expected: type) -> None:
    assert display(kind) is expected


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("TERM", "dumb", LineProgress),
        ("TERM", "unknown", LineProgress),
        ("CI", "true", LineProgress),
        ("CI", "1", LineProgress),
        ("CI", "false", BarProgress),
        ("CI", "", BarProgress),
    ],
)
def test_bars_only_where_a_cursor_moves_and_somebody_looks(
    variable: str, value: str, expected: type, monkeypatch: Any
) -> None:
    monkeypatch.setenv(variable, value)
    assert display("auto") is expected


def test_lines_where_stderr_is_no_terminal(monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert display("auto") is LineProgress
    monkeypatch.setattr(sys, "stderr", None)  # of a process that was started without one
    assert display("auto") is LineProgress


@pytest.mark.parametrize(("kind", "expected"), [("auto", JsonProgress), ("bars", JsonProgress), ("none", type(None))])
def test_json_takes_the_place_of_what_people_see(kind: Kind, expected: type) -> None:
    assert display(kind, json=True) is expected
