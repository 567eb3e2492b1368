"""A task whose temporary space fails says where it is and which setting moves it, and leaves nothing there."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from corral_core.report.store import NAME as REPORT

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
from corral_core import Job

def mapper(key, value):
    yield value, value

def reducer(key, values):
    yield key, len(list(values))

job = Job(mapper, reducer)
"""

LEAST_FILE = 64 * 2**10


def run(folder: Path, *options: str, file_size: int | None = None) -> subprocess.CompletedProcess[str]:
    (folder / "job.py").write_text(JOB, encoding="utf-8")
    digests = (hashlib.sha512(str(i).encode()).hexdigest() for i in range(100_000))  # nothing to compress
    (folder / "in.txt").write_text("\n".join(digests), encoding="utf-8")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({file_size}, {file_size}));"
    start = "from corral_core.cli.main import main; main()"
    arguments = ["--executor", "inline", "job.py", "in.txt", "--out", "out", "--task-memory", "8MiB", *options]
    return subprocess.run(
        [sys.executable, "-c", limit + start if file_size else start, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_is_named_with_the_setting_and_nothing_stays(tmp_path: Path) -> None:
    """The system stops the spill file from growing, as a full disk would."""
    spills = tmp_path / "spills"
    spills.mkdir()
    ended = run(tmp_path, "--spill-directory", "spills", file_size=LEAST_FILE)
    assert ended.returncode == 1
    assert f"temporary space in {spills} can't be used" in ended.stderr
    assert "spillDirectory" in ended.stderr
    assert list(spills.iterdir()) == []
    assert [path.name for path in (tmp_path / "out").glob("*")] == [REPORT]


def test_a_spill_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is not made: a mistyped path must not fill the wrong disk."""
    ended = run(tmp_path, "--spill-directory", "nowhere")
    assert ended.returncode == 1
    assert f"temporary space in {tmp_path / 'nowhere'} can't be used: no such file or directory" in ended.stderr
