"""Installs the wheels as somebody else would, and runs the demo with them, outside of this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from release.distributions import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.distributions import Distribution

__all__ = ["try_out"]

_WHERE = "import corral_core, pathlib; print(pathlib.Path(corral_core.__file__).parents[1])"


def try_out(wheels: Sequence[tuple[Distribution, Path]], folder: Path) -> None:
    """Make an environment in an empty folder, install, and run the demo there.

    :param wheels: all in one directory, each behind those that it depends on, so that pip needs none of our names from
        an index. What others publish is of the versions in ``constraints.txt``, so that a release fails for our faults.
    :raises subprocess.CalledProcessError: when a step fails.
    :raises AssertionError: when something came from elsewhere, or is missing.
    """
    home = folder / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    for distribution, wheel in wheels:
        print(f"installing {distribution.name}", flush=True)
        found = ("--find-links", str(wheel.parent), "--constraint", str(ROOT / "constraints.txt"))
        _call(home, str(python), "-m", "pip", "install", "--quiet", *found, str(wheel))
    place = _call(home, str(python), "-c", _WHERE).strip()
    assert place.startswith(str(folder)), f"corral_core is imported from {place}"
    listed = _call(home, str(python.with_name("corral")), "plugins")
    for distribution, _ in wheels:
        assert f"{distribution.name} {distribution.version}" in listed, listed
    assert "is broken" not in listed, listed
    # The demo counts the words of its own repository's pages too; here there are none.
    for name in ("demo.py", "word_count"):
        source, target = ROOT / "examples" / name, home / "examples" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    print(_call(home, str(python), "examples/demo.py"))


def _call(home: Path, *command: str) -> str:
    # What points to another environment or to settings of its own must not reach in.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORRAL_", "PYTHON", "VIRTUAL_"))}
    done = subprocess.run(
        command, cwd=home, env={**kept, "HOME": str(home)}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout
