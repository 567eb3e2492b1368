from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks.data import Inputs

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 50_000


@pytest.mark.parametrize("kind", ["text", "rankings", "visits", "records", "measured"])
def test_the_same_size_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    one, other = (getattr(Inputs(tmp_path / name), kind)(SIZE).read_bytes() for name in ("one", "other"))
    assert one == other
    assert one


def test_an_input_is_made_once(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    inputs.records(SIZE).write_text("kept")
    assert inputs.records(SIZE).read_text() == "kept"


def test_records_are_unique_lines_of_a_hundred_bytes(tmp_path: Path) -> None:
    lines = Inputs(tmp_path).records(SIZE).read_bytes().splitlines(keepends=True)
    assert len(lines) >= SIZE // 100
    assert {len(line) for line in lines} == {100}
    assert max(Counter(lines).values()) == 1


def test_visits_have_nine_columns_and_pages_of_the_rankings(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    pages = {line.split(",")[0] for line in inputs.rankings(SIZE).read_text().splitlines()}
    visits = [line.split(",") for line in inputs.visits(SIZE).read_text().splitlines()]
    assert {len(columns) for columns in visits} == {9}
    assert {columns[1] for columns in visits} <= pages


def test_small_files_hold_the_bytes_of_the_joined_one(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    files = sorted(inputs.small_files(20).iterdir())
    assert len(files) == 20
    assert all(1000 <= file.stat().st_size < 1200 for file in files)
    assert b"".join(file.read_bytes() for file in files) == inputs.joined(20).read_bytes()
