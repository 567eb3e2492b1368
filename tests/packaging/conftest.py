"""A fresh environment: corral-core and the plugin that ``corral_core.executor`` describes, both really installed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

import corral_core.executor

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "corral-threads"
version = "2.5"
dependencies = ["corral-core"]

[project.entry-points.corral]
threads = "corral_threads"

[tool.hatch.build.targets.wheel]
include = ["corral_threads.py"]
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment; its programs run in ``home`` and see nothing of the checkout."""

    bin: Path
    home: Path

    def call(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORRAL_", "PYTHON", "COV_"))}
        return subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.home,
            env={**kept, "HOME": str(self.home), **variables},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


def documented_plugin() -> str:
    """The plugin's code, as the docstring of the Executor contract gives it."""
    indented = [line for line in (corral_core.executor.__doc__ or "").splitlines() if not line or line[0] == " "]
    return textwrap.dedent("\n".join(indented))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Made once; takes some seconds and needs a package index for what corral-core depends on."""
    base = tmp_path_factory.mktemp("fresh")
    plugin, home = base / "corral-threads", base / "home"
    plugin.mkdir()
    home.mkdir()
    (plugin / "corral_threads.py").write_text(documented_plugin())
    (plugin / "pyproject.toml").write_text(PYPROJECT)
    subprocess.run([sys.executable, "-m", "venv", str(base / "venv")], check=True)
    made = Environment(base / "venv" / "bin", home)
    constraints = ("--constraint", str(ROOT / "constraints.txt"))
    done = made.call("python", "-m", "pip", "install", "--quiet", *constraints, str(ROOT), str(plugin))
    assert done.returncode == 0, done.stderr
    return made
