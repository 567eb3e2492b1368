"""A wheel or a source distribution that is not as it should be is found out."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from release.contents import sdist_faults, wheel_faults
from release.distributions import Distribution

if TYPE_CHECKING:
    from pathlib import Path

METADATA = """\
Metadata-Version: 2.4
Name: corral-farm
Version: 1.0
Summary: Farms.
Requires-Python: >=3.11
License-Expression: MIT
Description-Content-Type: text/markdown

# Farm
"""
INFO = "corral_farm-1.0.dist-info"
FILES = {
    "corral_farm/__init__.py": "",
    "corral_farm/py.typed": "",
    "corral_farm/templates/report.html": "<p>",
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/licenses/LICENSE": "MIT",
}


@pytest.fixture
def farm(tmp_path: Path) -> Distribution:
    for name in FILES:
        if name.startswith("corral_farm/"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
    project = {"name": "corral-farm", "version": "1.0", "requires-python": ">=3.11", "dependencies": []}
    return Distribution(tmp_path, project, "corral_farm")


def faults_of(farm: Distribution, files: dict[str, str]) -> list[str]:
    wheel = farm.folder / "farm.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel_faults(wheel, farm)


def test_a_sound_wheel_has_no_faults(farm: Distribution) -> None:
    assert faults_of(farm, FILES) == []


@pytest.mark.parametrize(
    ("missing", "faults"),
    [
        ("corral_farm/templates/report.html", ["lacks corral_farm/templates/report.html"]),
        ("corral_farm/py.typed", ["lacks corral_farm/py.typed"] * 2),
        (f"{INFO}/licenses/LICENSE", [f"lacks {INFO}/licenses/LICENSE"]),
    ],
)
def test_what_is_missing_is_named(farm: Distribution, missing: str, faults: list[str]) -> None:
    assert faults_of(farm, {name: text for name, text in FILES.items() if name != missing}) == faults


@pytest.mark.parametrize("extra", ["corral_farm/test_barn.py", "tests/conftest.py", "corral_farm/tests/barn.py"])
def test_a_test_has_no_place_in_a_wheel(farm: Distribution, extra: str) -> None:
    assert f"holds a test, {extra}" in faults_of(farm, FILES | {extra: ""})


def test_what_the_package_has_not_is_named(farm: Distribution) -> None:
    assert faults_of(farm, FILES | {"barn.py": ""}) == ["holds barn.py, which the package has not"]


def test_metadata_that_differ_are_told(farm: Distribution) -> None:
    (fault,) = faults_of(farm, FILES | {f"{INFO}/METADATA": METADATA.replace(">=3.11", ">=3.9")})
    assert fault == "has the Requires-Python '>=3.9', and '>=3.11' is what it should be"
    assert "has no description" in faults_of(farm, FILES | {f"{INFO}/METADATA": METADATA.replace("# Farm\n", "")})


def test_a_source_distribution_holds_what_it_takes_to_build_it(farm: Distribution) -> None:
    sdist = farm.folder / "farm.tar.gz"
    names = ["LICENSE", "README.md", "PKG-INFO", "pyproject.toml", "corral_farm/__init__.py", "corral_farm/py.typed"]
    with tarfile.open(sdist, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"corral_farm-1.0/{name}"), io.BytesIO())
    assert sdist_faults(sdist, farm) == ["lacks corral_farm/templates/report.html"]
