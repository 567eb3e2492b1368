from __future__ import annotations

import subprocess
import sys

import pytest

import corral_core

NAMES = [
    "Aggregator",
    "CorralError",
    "Count",
    "Distinct",
    "Driver",
    "Emitter",
    "Job",
    "Max",
    "Mean",
    "Min",
    "RunResult",
    "Sum",
    "TaskContext",
    "TopK",
    "batch",
    "context",
    "count",
    "run",
]


def test_the_names_that_users_import_are_these() -> None:
    assert corral_core.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_is_there_and_has_a_docstring(name: str) -> None:
    assert getattr(corral_core, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = corral_core.Nothing
    with pytest.raises(ImportError):
        from corral_core import Nothing  # noqa: F401


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import corral_core; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name.startswith("corral_core")] == ["corral_core"]


def test_defining_a_job_loads_neither_the_engine_nor_anything_heavy() -> None:
    code = (
        "import sys; from corral_core import Job, Sum; Job(lambda k, v: [(v, 1)], Sum()); print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {"click", "pluggy", "pydantic", "rich", "fsspec", "msgspec", "cloudpickle"}
    assert not loaded & heavy
    assert not [name for name in loaded if name.startswith("corral_core.engine")]
