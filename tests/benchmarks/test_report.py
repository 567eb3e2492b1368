from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.limits import LIMITS, findings
from benchmarks.report import BEGIN, END, as_json, as_markdown, into_page
from benchmarks.runner import Result, Row
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from pathlib import Path

MB = 10**6


def result(**changes: object) -> Result:
    rows = [
        Row("hand-written", [2.0, 4.0, 3.0], [1.0, 1.0, 1.0], 80 * MB, 100 * MB),
        Row("corral, Sum", [2.2, 6.0, 3.6], [1.1, 1.5, 1.2], 60 * MB, 150 * MB),
        Row("Dask bag", [4.4, 12.0, 10.8], [2.2, 3.0, 3.6], 300 * MB, 400 * MB),
    ]
    return Result(**({"name": "word-count", "title": "word count", "rows": rows, "full": True} | changes))  # type: ignore[arg-type]  # a test's fields


def test_a_row_counts_by_the_median_of_its_rounds() -> None:
    row = result().rows[1]
    assert (row.median, row.ratio) == (3.6, 1.2)


def test_limits_compare_within_rounds_and_in_their_own_direction() -> None:
    found = {found.limit.quantity: found for found in findings([result()])}
    assert found["ratio"].value == 1.2
    assert found["ratio"].kept
    assert found["faster"].value == pytest.approx(2)  # of 2, 2 and 3
    assert found["faster"].kept == (found["faster"].value >= found["faster"].limit.bound)


def test_a_small_input_says_nothing_about_limits() -> None:
    assert findings([result(full=False)]) == []


def test_every_limit_is_one_of_a_workload() -> None:
    assert {limit.workload for limit in LIMITS} <= set(WORKLOADS)


def test_who_was_left_out_or_wrong_is_named() -> None:
    text = as_markdown([result(left_out={"Go corral": "it is not given"}, wrong=["Dask bag"])], 3)
    assert "Left out: Go corral, since it is not given." in text
    assert "**Wrong answer: Dask bag.**" in text
    assert "| corral, Sum  | 3.60    | 1.20  | 60 " in text


def test_the_json_holds_every_round() -> None:
    document = json.loads(as_json([result()], 3))
    assert document["workloads"][0]["rows"][1]["seconds"] == [2.2, 6.0, 3.6]
    assert document["limits"][0]["kept"] is True


def test_figures_replace_what_stands_between_a_page_s_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    into_page(page, "new\n")
    into_page(page, "newer\n")
    assert page.read_text() == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no figures here\n")
    with pytest.raises(ValueError, match="has no place for figures"):
        into_page(page, "new\n")
    assert page.read_text() == "no figures here\n"
