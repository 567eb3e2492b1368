from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from corral_core.bundle.cache import Cache
from corral_core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corral" / "bundles"


def test_a_file_is_there_when_it_is_whole(place: Path) -> None:
    cache = Cache()
    assert cache.find("a.zip") is None
    with pytest.raises(UnicodeEncodeError), cache.write("a.zip") as path:
        path.write_text("half\ud800")
    assert list(place.iterdir()) == []
    with cache.write("a.zip") as path:
        path.write_text("whole")
        assert cache.find("a.zip") is None
    assert cache.find("a.zip") == place / "a.zip"
    assert (place / "a.zip").read_text() == "whole"


def test_what_was_not_used_for_longest_goes(place: Path) -> None:
    cache = Cache()
    for number in range(12):
        with cache.write(f"{number}.zip"):
            pass
        os.utime(place / f"{number}.zip", (number, number))
    with cache.write("a.json"):
        pass
    assert cache.find("0.zip")
    with cache.write("new.zip"):
        pass
    assert {path.name for path in place.iterdir()} == {
        "a.json", "new.zip", "0.zip", *(f"{number}.zip" for number in range(2, 12))
    }  # fmt: skip


def test_a_cache_that_cannot_be_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UsageError, match=r"can't be kept in a cache: .*; name a directory for it in XDG_CACHE_HOME"):
        Cache()
