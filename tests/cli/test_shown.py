"""What a notebook and a terminal show of a result."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

import corral_core
from corral_core import Job, Sum, count

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.engine.result import RunResult

NASTY = "<script>alert('x')</script>"


@pytest.fixture
def result(tmp_path: Path) -> RunResult:
    def mapper(key: str, line: str, *, mark: str) -> Any:
        count(f"lines {NASTY}")
        if not line:
            raise ValueError("empty")
        yield line + mark, 1

    (tmp_path / "in.txt").write_text(f"{NASTY}\n\n" + "".join(f"{n:03}{'y' * 200}\n" for n in range(20)))
    return corral_core.run(
        Job(mapper, Sum()),
        tmp_path / "in.txt",
        executor="inline",
        out=tmp_path / "out",
        reducers=1,
        max_bad_records=1,
        params={"mark": NASTY},
    )


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_a_notebook_shows_facts_and_first_records_and_nothing_of_the_data_does_anything(result: RunResult) -> None:
    page = _Page(result._repr_html_())
    assert set(page.tags) == {"div", "table", "tbody", "thead", "tr", "th", "td", "code"}
    assert page.attributes == {"style"}
    assert f"mark={NASTY!r}" in page.cells
    assert f"lines {NASTY} 21" in page.cells
    assert any(cell.startswith("1 set aside in ") for cell in page.cells)
    assert page.cells[-1] == "and 11 records more"
    keys = [cell for cell in page.cells if cell.startswith("0")]
    assert len(keys) == 10
    assert max(map(len, keys)) == len("..." + 100 * "x")


def test_the_page_brings_no_colours_of_its_own(result: RunResult) -> None:
    # So it is read on a light page and on a dark one.
    said = re.findall(r"(?:color|background|border[\w-]*):([^;\"]+)", result._repr_html_())
    assert set(said) == {"inherit", "none", "collapse"}


def test_rich_shows_the_same(result: RunResult) -> None:
    from rich.console import Console

    stream = io.StringIO()
    Console(file=stream, width=300, color_system=None).print(result)
    shown = stream.getvalue()
    assert f"lines {NASTY} 21" in shown
    assert "and 11 records more" in shown


def test_the_plain_form_is_one_line(result: RunResult) -> None:
    assert repr(result) == f"<RunResult {result.run} on inline: records in 21, out 21, {result.location}>"


def test_outputs_that_are_gone_are_told_and_the_rest_is_shown(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "out" / "output-0").unlink()
    page = _Page(result._repr_html_())
    assert page.cells[-1].startswith("its records can't be read any more: ")
    assert "21 records" in " ".join(page.cells)
