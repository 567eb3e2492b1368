from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from corral_core.errors import InputError
from corral_core.storage.local import LocalStorage
from corral_core.testing.storages import StorageSuite


class TestLocalStorage(StorageSuite):
    @pytest.fixture
    def storage(self) -> LocalStorage:
        return LocalStorage()

    @pytest.fixture
    def base(self, tmp_path: Path) -> str:
        return str(tmp_path / "base")


class TestFileUrls(TestLocalStorage):
    """The same with ``file://`` in front."""

    @pytest.fixture
    def base(self, tmp_path: Path) -> str:
        return f"file://{tmp_path}/base"


@pytest.fixture
def storage() -> LocalStorage:
    return LocalStorage()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/a//b/./c/", "/a/b/c"),
        ("//a", "/a"),
        ("file:///a/b", "/a/b"),
        ("file://localhost/a", "/a"),
        ("file:///a%20b", "/a%20b"),
        ("/", "/"),
    ],
)
def test_normalized_paths_are_absolute_and_unquoted(storage: LocalStorage, given: str, expected: str) -> None:
    assert storage.normalize(given) == expected


def test_relative_paths_are_below_the_current_directory(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").write_bytes(b"1")
    assert [info.path for info in storage.list("a")] == [str(tmp_path / "a")]
    assert [info.path for info in storage.list(".")] == [str(tmp_path / "a")]
    assert [info.path for info in storage.list("*")] == [str(tmp_path / "a")]


def test_the_directory_above_a_link_is_above_where_it_leads(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    assert storage.normalize(f"{tmp_path}/link/../x") == os.path.realpath(tmp_path / "real" / "x")


def test_a_name_of_the_greatest_length_can_be_written(storage: LocalStorage, tmp_path: Path) -> None:
    name = "é" * 127
    with storage.create(str(tmp_path / name)) as stream:
        stream.write(b"1")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_get_the_permissions_that_the_umask_leaves(storage: LocalStorage, tmp_path: Path) -> None:
    with storage.create(str(tmp_path / "a")):
        pass
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_a_file_in_the_place_of_a_directory_is_an_os_error(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="a"), storage.create(str(tmp_path / "a" / "b")):
        pass
    assert storage.list(str(tmp_path / "a" / "b")) == []


def test_links_to_files_and_directories_are_followed_and_loops_end(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "in" / "d").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"123")
    (tmp_path / "in" / "d" / "file").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "d" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "twin").symlink_to(tmp_path / "in" / "d")
    found = storage.list(str(tmp_path / "in"))
    assert [(info.path.removeprefix(str(tmp_path)), info.size) for info in found] == [
        ("/in/d/file", 3),
        ("/in/twin/file", 3),
    ]


def test_a_link_that_leads_nowhere_is_an_error_that_names_it(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="dangling"):
        storage.list(str(tmp_path))
    assert storage.list(str(tmp_path / "other*")) == []


def test_a_fifo_is_refused_since_its_size_says_nothing(storage: LocalStorage, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="not a regular file"):
        storage.list(str(tmp_path / "fifo"))
    with pytest.raises(OSError, match="not a regular file"):
        storage.list(str(tmp_path))


def test_a_name_that_is_not_utf_8_is_refused(storage: LocalStorage, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    try:
        Path(path).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(OSError, match="rename it"):
        storage.list(str(tmp_path))
    with pytest.raises(InputError, match=r"the name '.*udcff' is not UTF-8: rename it"):
        storage.normalize(path)


LIST_AS_NOBODY = """
import os, sys
from corral_core.storage.local import LocalStorage
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    LocalStorage().list(sys.argv[1])
except PermissionError as error:
    print(error.filename)
"""


@pytest.mark.parametrize("tail", ["", "/locked", "/locked/a", "/*", "/**/a", "/locked/*"])
def test_what_must_not_be_read_is_a_permission_error(tmp_path: Path, tail: str) -> None:
    """Also for the superuser's test run, which asks as nobody."""
    place = Path(shutil.copytree(Path(__file__).parent, tmp_path / "open")) / "tree"
    (place / "locked").mkdir(parents=True)
    (place / "locked" / "a").touch()
    for directory in [place, *place.parents][: len(place.parts) - 2]:
        directory.chmod(0o755)
    (place / "locked").chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", LIST_AS_NOBODY, f"{place}{tail}"], capture_output=True, text=True, check=False
    )
    (place / "locked").chmod(0o755)
    assert "locked" in done.stdout, done.stderr


def test_deleting_a_tree_survives_others_who_delete_in_it(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").touch()
    whole = shutil.rmtree
    calls = []

    def rmtree(path: str) -> None:
        calls.append(path)
        if len(calls) == 1:
            raise FileNotFoundError(path)
        whole(path)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    storage.delete_tree(str(tmp_path / "d"))
    assert len(calls) == 2
    assert not (tmp_path / "d").exists()


def test_local_paths_need_no_fsspec() -> None:
    code = (
        "import sys, corral_core.storage.resolve as r; r.storage_for('/x').list('/x');"
        "print([m for m in ('fsspec', 'asyncio', 'importlib.metadata') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
