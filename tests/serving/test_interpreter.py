"""Workers run the driver's interpreter, with its options and its path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corral_core.errors import ExecutorUnavailable
from corral_core.serving.interpreter import driver_interpreter, search_path

SHOW = "from corral_core.serving.interpreter import driver_interpreter; print(*driver_interpreter()[1:])"


@pytest.mark.parametrize(
    "options",
    [[], ["-OO"], ["-B"], ["-W", "error::UserWarning"], ["-X", "utf8"], ["-X", "faulthandler"]],
    ids=["none", "optimize", "no-bytecode", "warnings", "utf8", "faulthandler"],
)
def test_options_are_forwarded(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "PYTHONOPTIMIZE"):
        monkeypatch.delenv(name, raising=False)
    shown = subprocess.run([sys.executable, *options, "-c", SHOW], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == {"-OO": ["-O", "-O"]}.get("".join(options), ["".join(options)] if options else [])


def test_the_jobs_directories_come_first_and_the_drivers_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/driver", "", "/job"])
    assert search_path(("/job", "/lib")) == ("/job", "/lib", "/driver", str(Path.cwd()))


def test_a_python_without_executable_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(ExecutorUnavailable, match="--executor inline"):
        driver_interpreter()
