"""Local files come into being whole, with and without what Linux has for it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from corral_core.storage import creating
from corral_core.storage.local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def storage() -> LocalStorage:
    return LocalStorage()


@pytest.fixture(params=["unnamed", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways that a file can come into being."""
    if request.param == "named":
        monkeypatch.setattr(creating, "_UNNAMED", 0)
    elif not creating._UNNAMED:
        pytest.skip("this system has no files without names")
    return str(request.param)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_while_it_is_written_a_file_is_hidden_and_then_alone(storage: LocalStorage, tmp_path: Path, way: str) -> None:
    with storage.create(str(tmp_path / "a")) as stream:
        stream.write(b"1")
        hidden = names(tmp_path)
        assert len(hidden) == (way == "named")
        assert all(name.startswith(".a.") for name in hidden)
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("exclusive", [False, True])
def test_an_older_file_is_replaced_or_kept(storage: LocalStorage, tmp_path: Path, way: str, *, exclusive: bool) -> None:
    """Also one that appears while the new one is written."""
    target = tmp_path / "a"

    def write() -> None:
        with storage.create(str(target), exclusive=exclusive) as stream:
            stream.write(b"new")
            target.write_bytes(b"old")

    if exclusive:
        with pytest.raises(FileExistsError, match="a"):
            write()
    else:
        write()
    assert target.read_bytes() == (b"old" if exclusive else b"new")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("taken", [False, True])
def test_exclusive_creation_works_without_hard_links(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, *, taken: bool
) -> None:
    target = tmp_path / "a"

    def refuse(*args: object, **kwargs: object) -> None:
        if taken:
            target.write_bytes(b"somebody else")
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    if taken:
        with pytest.raises(FileExistsError), storage.create(str(target), exclusive=True) as stream:
            stream.write(b"mine")
    else:
        with storage.create(str(target), exclusive=True) as stream:
            stream.write(b"mine")
    assert names(tmp_path) == ["a"]
    assert target.read_bytes() == (b"somebody else" if taken else b"mine")


@pytest.mark.parametrize("number", [errno.EISDIR, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_unnamed_files_gets_named_ones(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*args: object, **kwargs: object) -> int:
        raise OSError(number, "not here")

    monkeypatch.setattr(creating, "_UNNAMED", 1)
    monkeypatch.setattr(os, "open", refuse)
    with storage.create(str(tmp_path / "a")) as stream:
        stream.write(b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


DIE = """
import os, signal, sys
from corral_core.storage import creating
from corral_core.storage.local import LocalStorage
if sys.argv[2] == "named":
    creating._UNNAMED = 0
with LocalStorage().create(sys.argv[1]) as stream:
    stream.write(b"x" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_nothing_or_what_can_be_removed(storage: LocalStorage, tmp_path: Path, way: str) -> None:
    target = tmp_path / "deep" / "a\nb"
    done = subprocess.run([sys.executable, "-c", DIE, str(target), way], check=False)
    assert done.returncode == -signal.SIGKILL
    left = names(tmp_path / "deep")
    assert len(left) == (way == "named")
    (tmp_path / ".a.tmp").touch()
    assert storage.abort_uploads(str(tmp_path)) == len(left)
    assert names(tmp_path) == [".a.tmp", "deep"]
    assert names(tmp_path / "deep") == []
