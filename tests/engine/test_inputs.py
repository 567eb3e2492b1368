from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import pytest

from corral_core.engine.inputs import find_inputs
from corral_core.errors import InputError
from corral_core.storage.local import LocalStorage


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("x\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*inputs: str) -> list[str]:
    return [Path(file.path).name for file in find_inputs(inputs, {})]


def test_files_come_in_the_order_of_the_inputs(folder: Path) -> None:
    assert found("c.txt", "*.txt") == ["c.txt", "a.txt", "b.txt", "c.txt"]
    assert found(str(folder), f"file://{folder}/b.txt") == ["a.txt", "b.txt", "c.txt", "b.txt"]


@pytest.mark.parametrize("name", [".", "*.txt", "b.txt"])
def test_each_file_must_be_readable_before_work_starts(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only the first one. By a patch, since root may read every file."""
    real = LocalStorage.open

    def refusing(self: LocalStorage, path: str, *window: Any) -> BinaryIO:
        if path.endswith("b.txt"):
            raise PermissionError(13, "Permission denied", path)
        return real(self, path, *window)

    monkeypatch.setattr(LocalStorage, "open", refusing)
    with pytest.raises(InputError, match=f"input {folder}/b.txt can't be read: permission denied"):
        found("a.txt", name)


def test_a_link_that_leads_nowhere_is_named_and_not_the_directory_it_is_in(folder: Path) -> None:
    (folder / "lost").symlink_to("nowhere")
    with pytest.raises(InputError, match=f"input {folder}/lost can't be read: no such file"):
        found(".")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no input: name at least one"),
        ([""], "an input is empty: name a file"),
        (["a.txt", "none*"], r"input none\* matches nothing"),
        (["zz://a"], "nothing here stores zz:// paths"),
    ],
    ids=["none", "empty", "no match", "no such scheme"],
)
def test_what_names_no_file_is_refused(inputs: list[str], message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        found(*inputs)
