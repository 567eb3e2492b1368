"""Runs a contract suite as a plugin's author does, over one of the defects in ``broken/``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

HERE = Path(__file__).parent
THREADS = HERE.parents[1] / "examples" / "plugins" / "corral-threads"
FAILED = re.compile(r"^FAILED \S+::Test\w+::test_(.+?)(?: - .*)?$", re.MULTILINE)


class Examine(Protocol):
    def __call__(self, kind: str, name: str, only: Collection[str] | None = None) -> set[str]: ...


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    """``examine("executors", "LosesAReply")``: the tests that fail over it, of all or of those that are named."""

    def run(kind: str, name: str, only: Collection[str] | None = None) -> set[str]:
        suite = f"{HERE / 'broken' / kind}.py::Test{name}"
        targets = [suite] if only is None else [f"{suite}::test_{test}" for test in sorted(only)]
        flags = ["-q", "-rf", "--tb=no", "-p", "no:cacheprovider", "--disable-plugin-autoload", "-c", os.devnull]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *targets, *flags, "--basetemp", str(tmp_path / "base")],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(THREADS), "COLUMNS": "400"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        return set(FAILED.findall(done.stdout))

    return run
