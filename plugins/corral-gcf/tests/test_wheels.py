"""The wheels of corral-core and corral-gcf, alone in a fresh environment, are enough for a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[3]
JOB = "from corral_core import Job, Sum\njob = Job(lambda key, line: ((word, 1) for word in line.split()), Sum())\n"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment into which nothing else was installed but pip; needs a package index."""
    base = tmp_path_factory.mktemp("fresh")
    uv = [sys.executable, "-m", "uv"]
    wheels = base / "wheels"
    for source in (ROOT, ROOT / "plugins" / "corral-gcf"):
        subprocess.run([*uv, "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(source)], check=True)
    subprocess.run([*uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(base / "venv")], check=True)
    python = base / "venv" / "bin" / "python"
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    install = [*uv, "pip", "install", "--quiet", "--python", str(python), *constraints]
    subprocess.run([*install, *map(str, wheels.glob("*.whl"))], check=True)
    return python.parent


def test_they_count_words(fresh: Path, gcp: LocalGcp, tmp_path: Path) -> None:
    gcp.put("gs://data/in.txt", b"to be or not to be\n")
    (tmp_path / "job.py").write_text(JOB)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORRAL_", "PYTHON", "COV_"))}
    command = [str(fresh / "corral"), "--executor", "gcf", "job.py", "gs://data/in.txt", "--out", "gs://data/out"]
    done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    parts = gcp.objects("gs://data/out")
    lines = b"".join(parts[name] for name in parts if name.startswith("output-")).splitlines()
    assert sorted(lines) == [b"be\t2", b"not\t1", b"or\t1", b"to\t2"]
