from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.answers import exactly, nearly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Same = Callable[[Path, Path], bool]

ways = pytest.mark.parametrize("same", [exactly, nearly], ids=["exactly", "nearly"])


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Path]:
    """Writes an answer of one or more parts, beside files that are none."""

    def write(name: str, *parts: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "_SUCCESS").write_text(f"of {name}\n")
        for number, part in enumerate(parts):
            (folder / f"output-{number}").write_text(part)
        return folder

    return write


@ways
def test_lines_may_stand_in_any_order_and_part(same: Same, answer: Callable[..., Path], tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.write_text("a\t1\nb\t2\nb\t2\n")
    assert same(whole, answer("parts", "b\t2\n", "b\t2\na\t1\n"))


@ways
@pytest.mark.parametrize("wrong", ["a\t1\n", "a\t1\nb\t3\n", "a\t1\nb\t2\nb\t2\n", "a\t1\nc\t2\n", ""])
def test_a_line_missing_or_changed_or_twice_is_another_answer(
    same: Same, wrong: str, answer: Callable[..., Path]
) -> None:
    assert not same(answer("right", "a\t1\nb\t2\n"), answer("wrong", wrong))


def test_sums_of_floats_may_differ_in_their_last_digits(answer: Callable[..., Path]) -> None:
    left, right = answer("left", "1.2\t3.0000001\nx\t[5.10,2]\n"), answer("right", "1.2\t3\nx\t[5.1,2.0]\n")
    assert nearly(left, right)
    assert not exactly(left, right)
    assert not nearly(left, answer("other", "1.2\t3.1\nx\t[5.1,2]\n"))
