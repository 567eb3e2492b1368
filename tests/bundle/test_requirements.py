from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from corral_core.bundle import Target
from corral_core.bundle.requirements import gather
from corral_core.errors import JobError

if TYPE_CHECKING:
    from pathlib import Path


def test_corrals_own_dependencies_come_in_the_drivers_versions() -> None:
    wanted = gather(Target(packages=("Requests_OAuthlib", "fsspec")), ["rich"], None)
    assert f"msgspec=={version('msgspec')}" in wanted.pins
    assert "requests-oauthlib" in wanted.ours
    assert wanted.ours.count("fsspec") == 1
    assert not [pin for pin in wanted.pins if pin.startswith("rich=")]


def test_what_a_package_needs_in_turn_is_pinned_too() -> None:
    pins = gather(Target(packages=("pytest",)), [], None).pins
    assert {f"{name}=={version(name)}" for name in ("pytest", "pluggy", "iniconfig")} <= set(pins)


def test_the_identity_changes_with_all_that_is_asked_for(folder: Path) -> None:
    (folder / "a.txt").write_text("-r b.txt\n--constraint=c.txt\none\n")
    (folder / "b.txt").write_text("-r a.txt\ntwo\n")
    (folder / "c.txt").write_text("two<2\n")
    target = Target()
    seen = {gather(target, [], None).identity, gather(target, ["one"], None).identity}
    seen.add(gather(Target(packages=("one",)), [], None).identity)
    for name in ("a.txt", "b.txt", "c.txt"):
        seen.add(gather(target, [], "a.txt").identity)
        (folder / name).write_text((folder / name).read_text() + "three\n")
    assert len({*seen, gather(target, [], "a.txt").identity}) == 7


def test_what_a_job_needs_comes_in_the_drivers_version_unless_it_declares_it_itself(folder: Path) -> None:
    pinned = f"pydantic=={version('pydantic')}"
    assert gather(Target(), ["rich"], None, ("pydantic",)).jobs == ("rich", pinned)
    assert gather(Target(), ["Pydantic>=2"], None, ("pydantic",)).jobs == ("Pydantic>=2",)
    (folder / "a.txt").write_text("rich\n-r b.txt\n")
    (folder / "b.txt").write_text("# pydantic\n")
    assert gather(Target(), ["ignored"], "a.txt", ("pydantic",)).jobs == (pinned,)
    (folder / "b.txt").write_text("pydantic[email]>=2 ; python_version > '3'\n")
    assert gather(Target(), [], "a.txt", ("pydantic",)).jobs == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"one\n-e ./lib\n", r"a\.txt asks for -e \./lib, a working copy, .*: leave it out"),
        (b"--editable=lib\n", "asks for --editable=lib, a working copy"),
        (b"-r none.txt\n", r"the requirements file .*none\.txt can't be read: no such file"),
        (b"\xff", r"the requirements file .*a\.txt is not UTF-8: invalid start byte"),
    ],
)
def test_a_requirements_file_that_cannot_be_used_says_why(folder: Path, content: bytes, message: str) -> None:
    (folder / "a.txt").write_bytes(content)
    with pytest.raises(JobError, match=message):
        gather(Target(), [], "a.txt")
