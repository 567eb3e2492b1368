"""Runs a contract suite as a plugin's author does, over one of the defects in ``broken/``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

HERE = Path(__file__).parent
THREADS = HERE.parents[1] / "examples" / "plugins" / "corral-threads"
FAILED = re.compile(r"^FAILED \S+?::Test(\w+)::test_(\w+)", re.MULTILINE)

Failures = Mapping[str, set[str]]
"""The names of tests that failed, by defect."""


class Examine(Protocol):
    def __call__(self, kind: str, *tests: str) -> Failures: ...


@pytest.fixture(scope="session")
def examine(tmp_path_factory: pytest.TempPathFactory) -> Examine:
    """``examine("executors", "TestLosesAReply")``: what fails of these tests of ``broken/executors.py``, or of all."""

    def run(kind: str, *tests: str) -> Failures:
        home, module = tmp_path_factory.mktemp(kind), f"{HERE / 'broken' / kind}.py"
        targets = [f"{module}::{test}" for test in tests] or [module]
        flags = ["-q", "-rf", "--tb=no", "-p", "no:cacheprovider", "--disable-plugin-autoload", "-c", os.devnull]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *targets, *flags, "--basetemp", str(home / "base")],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(THREADS), "COLUMNS": "400"},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        failures = defaultdict(set)
        for defect, test in FAILED.findall(done.stdout):
            failures[defect].add(test)
        return failures

    return run
