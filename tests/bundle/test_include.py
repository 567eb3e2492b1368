from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.bundle.include import included
from corral_core.engine.codefiles import CodeFile
from corral_core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _files(folder: Path) -> None:
    for name in ("data/a.json", "data/deep/b.json", "data/__pycache__/c.pyc", "src/pack/d.json", "e.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("data", ["data/a.json", "data/deep/b.json"]),
        ("data/*.json", ["data/a.json"]),
        ("**/*.json", ["data/a.json", "data/deep/b.json", "pack/d.json"]),
        ("data/../e.txt", ["e.txt"]),
        ("src/pack", ["pack/d.json"]),
    ],
)
def test_a_file_keeps_its_place_beside_the_code(folder: Path, pattern: str, expected: list[str]) -> None:
    code = [CodeFile("pack/__init__.py", folder / "src" / "pack" / "__init__.py")]
    assert [file.name for file in included([pattern], folder, code)] == expected
    assert [file.name for file in included([str(folder / pattern)] * 2, folder, code)] == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*.csv", r"include \*\.csv matches no file in .*/here: patterns start from the job's directory"),
        ("data/none", "matches no file"),
        ("../out.txt", r"matches .*/out\.txt, outside of the job's directory .*/here: move it there"),
    ],
)
def test_what_cannot_be_included_says_why(folder: Path, pattern: str, message: str) -> None:
    (folder.parent / "out.txt").touch()
    with pytest.raises(UsageError, match=message):
        included([pattern], folder, [])
