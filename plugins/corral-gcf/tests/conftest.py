from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corral_gcf.archive import Code
from corral_gcf.function import Configuration, Functions
from corral_gcf.project import Project
from corral_gcf.testing.fixtures import gcp, local_gcp
from corral_gcf.testing.runtime import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_gcf.testing import LocalGcp

__all__ = ["gcp", "local_gcp"]


@pytest.fixture
def corral(gcp: LocalGcp, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as a user would, in a directory of its own, and must see it end as expected."""
    (tmp_path / "here").mkdir(exist_ok=True)

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "corral_core", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.fixture
def project(gcp: LocalGcp) -> Project:
    """A project with nothing in it."""
    return Project()


@pytest.fixture
def functions(project: Project) -> Functions:
    return Functions(project, "fn")


@pytest.fixture
def code(tmp_path: Path) -> Callable[[str], Code]:
    """Makes the source of a function that answers with a text."""

    def make(text: str) -> Code:
        path = tmp_path / f"{text}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("main.py", f"def main(request):\n    return {text!r}\n")
            archive.writestr("requirements.txt", "functions-framework==3.*\n")
        return Code(path, text * 64)

    return make


@pytest.fixture
def configuration() -> Callable[..., Configuration]:
    """Makes a configuration like all others but for what is given."""

    def make(**changes: int) -> Configuration:
        return replace(Configuration(RUNTIME, memory=256, timeout=30, instances=4), **changes)  # type: ignore[arg-type]  # (any of its numbers)

    return make


@pytest.fixture
def wheel(tmp_path: Path) -> Callable[[str, str], Path]:
    """Makes a wheel of one module, version 1.0; gives its directory."""

    def make(name: str, source: str) -> Path:
        folder, info = tmp_path / "wheels", f"{name}-1.0.dist-info"
        folder.mkdir()
        files = {
            f"{name}.py": source,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
            for file, text in [*files.items(), (f"{info}/RECORD", record)]:
                archive.writestr(file, text)
        return folder

    return make
