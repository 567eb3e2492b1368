"""Runs examples as a user does: through the ``corral`` command, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass
class Example:
    """One folder of ``examples/``."""

    folder: Path
    executor: str
    out: Path

    def sample(self, name: str) -> str:
        return str(self.folder / "sample" / name)

    def run(self, script: str, *samples: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """``corral SCRIPT SAMPLE... --out OUT``; fails the test when the command does."""
        command = Path(sysconfig.get_path("scripts")) / "corral"
        return self._call([str(command), str(self.folder / script)], samples, flags)

    def run_script(self, script: str, *samples: str) -> subprocess.CompletedProcess[str]:
        """``python SCRIPT SAMPLE... --out OUT``."""
        return self._call([sys.executable, str(self.folder / script)], samples, ())

    def records(self) -> list[tuple[str, str]]:
        """Key and value of every line of every ``output-X``, as text."""
        assert (self.out / "_SUCCESS").exists()
        lines = [line for part in sorted(self.out.glob("output-*")) for line in part.read_text().splitlines()]
        return [(key, value) for key, _, value in (line.partition("\t") for line in lines)]

    def _call(
        self, command: list[str], samples: tuple[str, ...], flags: tuple[str, ...]
    ) -> subprocess.CompletedProcess[str]:
        arguments = [*map(self.sample, samples), "--out", str(self.out), "--executor", self.executor, *flags]
        # In an empty directory, so that no corralrc of the checkout has a say.
        done = subprocess.run(
            [*command, *arguments], cwd=self.out.parent, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        return done


@pytest.fixture(params=["inline", "local-process"])
def executor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def example(request: pytest.FixtureRequest, executor: str, tmp_path: Path) -> Example:
    """The example that the module's ``EXAMPLE`` names."""
    return Example(EXAMPLES / request.module.EXAMPLE, executor, tmp_path / "out")
