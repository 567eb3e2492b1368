from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def test_the_demo_shows_the_ten_most_frequent_words_and_where_the_outputs_are(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO), str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    counts = [int(number.replace(",", "")) for number in re.findall(r"^ *([\d,]+)  \S+$", done.stdout, re.MULTILINE)]
    assert len(counts) == 10
    assert counts == sorted(counts, reverse=True)
    assert "  the\n" in done.stdout
    assert str(tmp_path / "counts" / "output-0") in done.stdout
    assert (tmp_path / "counts" / "_SUCCESS").exists()
