"""What every test shares: how hard Hypothesis tries, and imports that leave nothing behind."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# A run over files takes longer than Hypothesis expects of an example, and shrinking says what failed soon enough.
settings.register_profile("quick", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def own_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The interpreter forgets what a test imports from its folder, and where it looked for that."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with forgetting(tmp_path):
        yield


@contextmanager
def forgetting(folder: Path) -> Iterator[None]:
    """Forget the modules of a folder that the block imports. Others stay: who holds a class of one would not know the
    class that another import of it makes."""
    before = set(sys.modules)
    yield
    own = [name for name in set(sys.modules) - before if _is_below(sys.modules[name], folder)]
    for name in own:
        del sys.modules[name]
    importlib.invalidate_caches()


def _is_below(module: ModuleType, folder: Path) -> bool:
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(place is not None and Path(place).is_relative_to(folder) for place in places)
