"""The committed samples are what their generators write, on every Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("folder", "target"), [("word_count", "sample/words.txt"), ("amplab", "sample"), ("sessions", "sample/access.log")]
)
def test_generators_write_the_committed_samples(folder: str, target: str, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    subprocess.run([sys.executable, str(EXAMPLES / folder / "make_data.py"), str(tmp_path / target)], check=True)
    committed = {path.name: path.read_bytes() for path in (EXAMPLES / folder / "sample").iterdir()}
    assert committed == {path.name: path.read_bytes() for path in (tmp_path / "sample").iterdir()}
