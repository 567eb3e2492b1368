"""What starts in a hurry loads little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"boto3", "click", "fsspec", "google", "pluggy", "pydantic", "pydantic_settings", "rich", "yaml"}


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh interpreter, which may hold some by the environment's own doing."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_worker_loads_nothing_that_it_does_not_need() -> None:
    assert not HEAVY & loaded_by("import corral_core.worker")


def test_importing_corral_core_loads_nothing_else() -> None:
    loaded = loaded_by("import corral_core")
    assert not HEAVY & loaded
    assert not {name for name in loaded if name.startswith("corral_core.")}


@pytest.mark.parametrize("name", ["Job", "Sum", "count", "context"])
def test_a_job_file_loads_little(name: str) -> None:
    assert not HEAVY & loaded_by(f"from corral_core import {name}")


def test_the_help_builds_no_validators() -> None:
    """It shows settings and checks none; building them also makes pydantic look through all that is installed."""
    code = (
        "from corral_core.plugins import load\n"
        "from corral_core.settings.schema import Schema\n"
        "print(*[model.__name__ for model in Schema(load()).models if model.__pydantic_complete__])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
