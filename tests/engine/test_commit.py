from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.commit import Location
from corral_core.errors import OutputError
from corral_core.storage.api import FileInfo
from corral_core.storage.resolve import storage_for
from corral_core.tasks import Output

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["local", "memory", "odd [*] name"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    path = {"local": str(tmp_path), "memory": f"memory://{tmp_path}"}.get(request.param, str(tmp_path / request.param))
    return Location(storage_for(path), path, "run-1")


def names(location: Location) -> list[str]:
    """All files of the location, hidden ones too."""
    storage = storage_for(location.path)
    found = [*storage.list(location.path), *storage.list(storage.join(location.path, "_corral"))]
    with suppress(FileNotFoundError):
        found.append(storage.stat(storage.join(location.path, "_SUCCESS")))
    return sorted(file.path.removeprefix(location.path).lstrip("/") for file in found)


def put(location: Location, *paths: str) -> None:
    storage = storage_for(location.path)
    for path in paths:
        with storage.create(storage.join(location.path, path)) as stream:
            stream.write(b"x")


def test_a_run_that_ends_well_leaves_outputs_and_manifest(location: Location) -> None:
    location.check_free()
    location.begin("inline")
    assert names(location) == ["_corral/run-1/run.json"]
    location.claim(overwrite=False)
    put(location, "output-0", "output-1")
    parts = [Output(location.output(number), 1, 1, "crc32:00000000") for number in (0, 1)]
    location.finish(parts, {"rows": 2})
    location.remove_scratch()
    assert names(location) == ["_SUCCESS", "output-0", "output-1"]
    storage = storage_for(location.path)
    with storage.open(storage.join(location.path, "_SUCCESS")) as stream:
        manifest = json.loads(stream.read())
    assert manifest["run"] == "run-1"
    assert manifest["counters"] == {"rows": 2}
    assert [part["path"] for part in manifest["parts"]] == ["output-0", "output-1"]


@pytest.mark.parametrize("keep", [False, True])
def test_a_run_that_fails_takes_its_outputs_away_once_they_are_its_own(location: Location, *, keep: bool) -> None:
    put(location, "output-7", "_SUCCESS")
    location.begin("inline")
    location.abandon(keep=True)
    assert {"output-7", "_SUCCESS"} < set(names(location))
    location.claim(overwrite=True)
    put(location, "output-0")
    location.abandon(keep=keep)
    assert names(location) == (["_corral/run-1/run.json"] if keep else [])


@pytest.mark.parametrize("taken", ["output-0", "output-123", "_SUCCESS"])
def test_outputs_that_are_there_take_the_location(location: Location, taken: str) -> None:
    put(location, taken)
    with pytest.raises(OutputError, match=f"{taken}: choose another --out, or replace them with --overwrite"):
        location.check_free()


def test_outputs_that_another_run_put_there_meanwhile_are_neither_replaced_nor_removed(location: Location) -> None:
    location.check_free()
    location.begin("inline")
    put(location, "output-0", "_SUCCESS")
    with pytest.raises(OutputError, match="outputs are there already"):
        location.claim(overwrite=False)
    location.abandon(keep=False)
    assert names(location) == ["_SUCCESS", "output-0"]


def test_other_files_do_not_take_it_and_are_never_removed(location: Location) -> None:
    others = ["output", "output-", "output-x", "output-1.bak", "my-output-1", "output-old/output-1", "sub/output-1"]
    put(location, *others)
    location.check_free()
    location.claim(overwrite=False)
    location.remove_scratch()
    assert names(location) == sorted(others)


def test_the_folder_of_another_run_stays(location: Location) -> None:
    location.begin("inline")
    other = Location(storage_for(location.path), location.path, "run-2")
    other.begin("inline")
    location.remove_scratch()
    assert names(location) == ["_corral/run-2/run.json"]
    other.remove_scratch()
    assert names(location) == []


def test_an_input_that_would_be_replaced_is_refused(location: Location) -> None:
    storage = storage_for(location.path)
    location.check_apart([FileInfo(storage.join(location.path, "in.txt"), 1), FileInfo("/elsewhere/output-0", 1)])
    with pytest.raises(OutputError, match="output-3 is an input too"):
        location.check_apart([FileInfo(location.output(3), 1)])
