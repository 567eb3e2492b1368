"""A fresh environment: wheels of corral-core and of the example of a plugin, installed as anybody would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THREADS = ROOT / "examples" / "plugins" / "corral-threads"


@dataclass(frozen=True)
class Environment:
    """A virtual environment; its programs run in ``home`` and see nothing of the checkout."""

    bin: Path
    home: Path

    def call(self, program: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORRAL_", "PYTHON", "COV_"))}
        return subprocess.run(
            [str(self.bin / program), *map(str, arguments)],
            cwd=self.home,
            env={**kept, "HOME": str(self.home), **variables},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def wheels(self, target: Path, *sources: Path) -> list[Path]:
        """Build source trees."""
        self.pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", target, *sources)
        return sorted(target.glob("*.whl"))

    def pip(self, *arguments: object) -> None:
        done = self.call("python", "-m", "pip", *arguments, "--quiet", "--constraint", ROOT / "constraints.txt")
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Made once; takes some seconds and needs a package index for what corral-core depends on."""
    base = tmp_path_factory.mktemp("fresh")
    home = base / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(base / "venv")], check=True)
    made = Environment(base / "venv" / "bin", home)
    made.pip("install", "hatchling>=1.27")
    core, threads = made.wheels(base / "dist", ROOT, THREADS)
    made.pip("install", f"{core}[testing]", threads)
    return made
