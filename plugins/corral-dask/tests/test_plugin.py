"""Nothing of Dask's is loaded before it is asked for."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("dask", "distributed", "tornado")


def test_help_imports_nothing_of_dasks() -> None:
    code = (
        "import sys; from corral_core.cli.main import main\n"
        "try: main(['help', 'dask'])\nexcept SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--dask-scheduler" in done.stdout
    assert done.stderr.strip() == "[]"
