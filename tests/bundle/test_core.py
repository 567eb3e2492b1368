from __future__ import annotations

from importlib.metadata import requires
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from corral_core.bundle import Target, core
from corral_core.bundle.cache import Cache
from corral_core.bundle.core import core_files
from corral_core.bundle.requirements import gather

if TYPE_CHECKING:
    import pytest


def test_a_worker_gets_nothing_of_the_drivers() -> None:
    names = set(core_files(Cache()))
    for kept in (
        "__init__",
        "worker",
        "job",
        "tasks",
        "driver",
        "engine/maptask",
        "storage/remote",
        "formats/kv",
    ):
        assert f"corral_core/{kept}.py" in names
    for left_out in (
        "cli/",
        "settings/",
        "plugins.py",
        "hookspecs.py",
        "testing/",
        "executors/",
        "bundle/",
        "engine/setup",
    ):
        assert not [name for name in names if name.startswith(f"corral_core/{left_out}")]


def test_what_corral_consists_of_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = core_files(Cache())
    monkeypatch.setattr(core, "imported_names", None)
    assert core_files(Cache()) == first


def test_a_dependency_of_corrals_travels_unless_it_is_the_drivers() -> None:
    needs = {canonicalize_name(Requirement(text).name) for text in requires("corral-core") or [] if "extra" not in text}
    driver = {"click", "packaging", "pluggy", "pydantic", "pyyaml", "rich"}
    assert set(gather(Target(python="3.13"), [], None).ours) == needs - driver
    assert set(gather(Target(python="3.14"), [], None).ours) == needs - driver - {"backports-zstd"}
