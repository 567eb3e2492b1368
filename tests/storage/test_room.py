from __future__ import annotations

import os
import shutil
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.diagnosis import Finding

Usage = namedtuple("Usage", "total used free")


def found(path: Path | str) -> dict[str, Finding]:
    return {finding.what: finding for finding in LocalStorage().diagnose(str(path))}


def states(path: Path | str) -> dict[str, str]:
    return {what: finding.state for what, finding in found(path).items()}


def test_a_directory_tells_its_room_and_a_missing_one_that_of_the_one_above(tmp_path: Path) -> None:
    assert states(tmp_path) == states(tmp_path / "a" / "b") == {"directory": "ok", "room": "ok"}
    assert str(tmp_path) in found(tmp_path / "a" / "b")["directory"].detail
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_an_input_and_nothing_can_lie_below_it(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("four")
    assert found(f"file://{tmp_path}/in.txt")["input"].detail == "a file of 4 bytes"
    assert states(tmp_path / "in.txt" / "below") == {"directory": "failed"}


def test_a_pattern_is_what_it_matches(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("12")
    (tmp_path / "b.txt").write_text("345")
    assert found(tmp_path / "*.txt")["input"].detail == "matches 2 with 5 bytes"
    assert states(tmp_path / "*.csv") == {"input": "failed"}
    (tmp_path / "c.txt").symlink_to("nowhere")
    assert states(tmp_path / "*.txt") == {"input": "failed"}


@pytest.mark.parametrize(
    ("denied", "expected"),
    [(os.W_OK, {"directory": "warning"}), (os.R_OK, {"directory": "failed"})],
    ids=["written", "read"],
)
def test_what_the_system_does_not_let_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, denied: int, expected: dict[str, str]
) -> None:
    # Tests may run as root, whom the system denies nothing.
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & denied)
    assert states(tmp_path) == expected
    (tmp_path / "in.txt").write_text("four")
    assert states(tmp_path / "in.txt") == {"input": "failed" if denied == os.R_OK else "ok"}


@pytest.mark.parametrize(("free", "state"), [(2**30, "ok"), (2**29, "warning"), (2**10, "failed")])
def test_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 0, free))
    assert states(tmp_path)["room"] == state
