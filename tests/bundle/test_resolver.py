from __future__ import annotations

import shutil
import sysconfig
from typing import TYPE_CHECKING

import pytest

from corral_core.bundle import Target
from corral_core.bundle.requirements import Requirements
from corral_core.bundle.resolver import _tool, install
from corral_core.errors import JobError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.conftest import Shelf

ARM = Target(python="3.12", architecture="arm64", glibc=26, name="the moon")


@pytest.fixture(params=["uv", "pip"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With uv, and where there is none."""
    if request.param == "pip":
        monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


def wanted(*jobs: str, file: Path | None = None, pins: tuple[str, ...] = ()) -> Requirements:
    return Requirements((), jobs, file, pins)


@pytest.mark.usefixtures("either")
def test_wheels_are_the_targets_whatever_this_machine_is(shelf: Shelf, tmp_path: Path) -> None:
    tags = {
        "cp312-cp312-manylinux_2_17_aarch64": "right",
        "cp312-cp312-manylinux_2_17_x86_64": "another machine's",
        "cp311-cp311-manylinux_2_17_aarch64": "another Python's",
        "cp313-cp313-manylinux_2_17_aarch64": "another Python's",
        "cp312-cp312-macosx_11_0_arm64": "another system's",
    }
    for tag, text in tags.items():
        shelf.wheel("native", {"native.py": text}, tag=tag)
    shelf.wheel("pure", {"pure.py": ""}, needs="native")
    install(wanted("pure"), ARM, tmp_path / "site")
    assert (tmp_path / "site" / "native.py").read_text() == "right"
    assert (tmp_path / "site" / "pure.py").exists()


@pytest.mark.usefixtures("either")
def test_a_requirements_file_and_pins_are_kept_to(shelf: Shelf, tmp_path: Path) -> None:
    for version in ("1.0", "2.0", "3.0"):
        for name in ("one", "two"):
            shelf.wheel(name, {f"{name}.py": version}, version=version)
    (tmp_path / "requirements.txt").write_text("one<3\ntwo\n")
    install(wanted(file=tmp_path / "requirements.txt", pins=("two==1.0",)), ARM, tmp_path / "site")
    assert [(tmp_path / "site" / name).read_text() for name in ("one.py", "two.py")] == ["2.0", "1.0"]


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("kind", ["sdist", "other platform", "nothing", "conflict", "newer system"])
def test_a_dependency_that_cannot_be_had_is_named(shelf: Shelf, tmp_path: Path, kind: str) -> None:
    if kind == "sdist":
        shelf.sdist("thing")
    elif kind == "other platform":
        shelf.wheel("thing", {}, tag="cp312-cp312-win_amd64")
    elif kind == "conflict":
        shelf.wheel("thing", {}, version="2.0")
    elif kind == "newer system":
        shelf.wheel("thing", {}, tag="cp312-cp312-manylinux_2_34_aarch64")
    message = r"can't be had as wheels for the moon with Python 3\.12 on arm64: .*thing.*; choose a version that has"
    with pytest.raises(JobError, match=message) as caught:
        install(wanted("thing", pins=("thing==1.0",)), ARM, tmp_path / "site")
    assert "\n" not in str(caught.value)


def test_without_uv_and_pip_there_is_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"neither uv nor pip is here .*: pip install uv"):
        install(wanted("thing"), ARM, tmp_path / "site")


def test_uv_is_found_beside_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its directory is not on the path, as when a program is called by its whole name."""
    (tmp_path / "uv").touch(mode=0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    assert _tool(ARM)[0] == str(tmp_path / "uv")
