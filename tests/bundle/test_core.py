from __future__ import annotations

from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from corral_core.bundle import Target
from corral_core.bundle.core import core_files
from corral_core.bundle.requirements import gather


def test_a_worker_gets_nothing_of_the_drivers() -> None:
    names = set(core_files())
    for kept in (
        "__init__",
        "worker",
        "job",
        "tasks",
        "engine/driver",
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


def test_a_dependency_of_corrals_travels_unless_it_is_the_drivers() -> None:
    needs = {canonicalize_name(Requirement(text).name) for text in requires("corral-core") or [] if "extra" not in text}
    driver = {"click", "packaging", "pluggy", "pydantic", "pyyaml", "rich"}
    assert set(gather(Target(python="3.13"), [], None).ours) == needs - driver
    assert set(gather(Target(python="3.14"), [], None).ours) == needs - driver - {"backports-zstd"}


def test_corrals_own_dependencies_come_in_the_drivers_versions() -> None:
    wanted = gather(Target(packages=("S3FS", "fsspec")), ["rich"], None)
    assert f"msgspec=={version('msgspec')}" in wanted.pins
    assert "s3fs" in wanted.ours
    assert not [pin for pin in wanted.pins if pin.startswith("rich=")]
