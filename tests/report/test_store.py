from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import InputError
from corral_core.report import store
from corral_core.storage.resolve import storage_for
from tests.report.conftest import made

if TYPE_CHECKING:
    from pathlib import Path


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = str(tmp_path / store.NAME)
    data = made(20)
    store.write(storage_for(path), path, [data[:100], data[100:]])
    assert store.read(storage_for(path), path) == data
    assert store.decode(data, path).run == "20260102-030405-0123abcd"


def test_the_same_report_is_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        store.write(storage_for(str(tmp_path)), str(tmp_path / name), [b"{}"])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_report_that_breaks_off_while_it_is_made_is_none(tmp_path: Path) -> None:
    def pieces() -> object:
        yield b"{"
        raise ValueError("no more")

    path = str(tmp_path / store.NAME)
    with pytest.raises(ValueError, match="no more"):
        store.write(storage_for(path), path, pieces())  # type: ignore[arg-type]  # (a generator is what it takes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [0, 1, 40, -1], ids=["empty", "a byte", "cut", "without its end"])
def test_a_damaged_file_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / store.NAME
    path.write_bytes(gzip.compress(made(3))[:cut])
    with pytest.raises(InputError, match=f"the report {path} is damaged .*: remove it"):
        store.decode(store.read(storage_for(str(path)), str(path)), str(path))


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"version":1}', b"\xff", b'{"version":"x"}'])
def test_json_that_is_no_report_is_damaged(data: bytes) -> None:
    with pytest.raises(InputError, match="the report there is damaged"):
        store.decode(data, "there")


def test_a_later_version_says_what_reads_it() -> None:
    with pytest.raises(
        InputError, match=r"the report there has version 2, and this corral reads up to version 1: look"
    ):
        store.decode(made(3).replace(b'"version":1', b'"version":2', 1), "there")
