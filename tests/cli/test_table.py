from __future__ import annotations

from corral_core.cli.table import table_lines

ROWS = [("part", "files"), ("a", "1,024"), ("corral", "7")]


def test_columns_begin_below_one_another_and_nothing_stands_behind_the_last_cell() -> None:
    assert list(table_lines(ROWS)) == ["part    files", "a       1,024", "corral  7"]


def test_figures_end_below_one_another() -> None:
    assert list(table_lines(ROWS, figures=True)) == ["part    files", "a       1,024", "corral      7"]


def test_without_rows_there_are_no_lines() -> None:
    assert list(table_lines([])) == []
