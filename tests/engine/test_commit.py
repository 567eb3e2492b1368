from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.commit import Location, Manifest
from corral_core.engine.folder import RunFolder
from corral_core.errors import OutputError
from corral_core.storage.api import FileInfo
from corral_core.storage.resolve import storage_for
from corral_core.tasks import Output

if TYPE_CHECKING:
    from pathlib import Path

RUN = "run-9"
"""The one that asks."""


@pytest.fixture(params=["local", "memory", "odd [*] name"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    path = {"local": str(tmp_path), "memory": f"memory://{tmp_path}"}.get(request.param, str(tmp_path / request.param))
    return Location(storage_for(path), path)


def begin(location: Location, *runs: str) -> None:
    for run in runs:
        RunFolder(location.storage, location.path, run).put("run.json", b"{}")


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


def output(location: Location, number: int, size: int = 1) -> Output:
    return Output(location.output(number), size, 1, "crc32:00000000")


def test_a_run_that_ends_well_leaves_outputs_and_manifest(location: Location) -> None:
    location.check_free(RUN)
    begin(location, "run-1")
    location.claim(RUN, overwrite=False)
    put(location, "output-0", "output-1")
    assert location.finished() is None
    location.finish(Manifest("run-1", [output(location, 0), output(location, 1)], {"rows": 2}))
    location.remove_run("run-1")
    assert names(location) == ["_SUCCESS", "output-0", "output-1"]
    assert location.finished() == "run-1"
    storage = storage_for(location.path)
    with storage.open(storage.join(location.path, "_SUCCESS")) as stream:
        manifest = json.loads(stream.read())
    assert manifest["run"] == "run-1"
    assert manifest["counters"] == {"rows": 2}
    assert [part["path"] for part in manifest["parts"]] == ["output-0", "output-1"]


@pytest.mark.parametrize("taken", ["output-0", "output-123", "_SUCCESS"])
def test_outputs_that_are_there_take_the_location(location: Location, taken: str) -> None:
    put(location, taken)
    with pytest.raises(OutputError, match=f"{taken}: choose another --out, or replace them with --overwrite"):
        location.check_free(RUN)


@pytest.mark.parametrize(
    ("there", "hint"), [(["output-0"], True), (["_SUCCESS", "output-0"], False)], ids=["unfinished", "finished"]
)
def test_outputs_of_a_run_that_can_be_gone_on_with_are_told_as_such(
    *, location: Location, there: list[str], hint: bool
) -> None:
    begin(location, "run-1", "run-2")
    put(location, *there)
    with pytest.raises(OutputError, match="outputs are there already") as caught:
        location.check_free(RUN)
    assert ("go on with run run-2 by --resume" in str(caught.value)) is hint


@pytest.mark.parametrize("claims", [False, True], ids=["looking", "claiming"])
@pytest.mark.parametrize("others", [["run-1"], []], ids=["another", "no other"])
def test_the_run_that_asks_is_not_told_to_go_on_with_itself(
    location: Location, others: list[str], *, claims: bool
) -> None:
    begin(location, *others, RUN)
    put(location, "output-0")
    asking = partial(location.claim, overwrite=False) if claims else location.check_free
    with pytest.raises(OutputError, match="outputs are there already") as caught:
        asking(RUN)
    assert RUN not in str(caught.value)
    assert ("go on with run run-1 by --resume" in str(caught.value)) is bool(others)


def test_outputs_that_another_run_put_there_meanwhile_are_neither_replaced_nor_removed(location: Location) -> None:
    location.check_free(RUN)
    begin(location, "run-1")
    put(location, "output-0", "_SUCCESS")
    with pytest.raises(OutputError, match="outputs are there already"):
        location.claim(RUN, overwrite=False)
    assert names(location) == ["_SUCCESS", "_corral/run-1/run.json", "output-0"]


def test_overwriting_removes_the_outputs_and_their_manifest(location: Location) -> None:
    put(location, "output-0", "output-7", "_SUCCESS")
    location.claim(RUN, overwrite=True)
    assert names(location) == []


def test_outputs_to_keep_stay_without_their_manifest(location: Location) -> None:
    put(location, "output-0", "output-1", "output-2", "_SUCCESS")
    location.remove_outputs(keep={location.output(1)})
    assert names(location) == ["output-1"]


def test_an_output_is_lost_that_is_gone_or_has_another_size(location: Location) -> None:
    put(location, "output-0", "output-1")
    elsewhere = Output(location.path + "/_corral/run-1/part-9", 5, 1, "crc32:00000000")
    outputs = {0: output(location, 0), 1: output(location, 1, size=2), 2: output(location, 2), 9: elsewhere}
    assert location.lost(outputs) == [1, 2]


def test_one_output_is_freed(location: Location) -> None:
    put(location, "output-0", "output-1")
    for _ in range(2):
        location.free(location.output(0))
        assert names(location) == ["output-1"]


def test_other_files_do_not_take_it_and_are_never_removed(location: Location) -> None:
    others = ["output", "output-", "output-x", "output-1.bak", "my-output-1", "output-old/output-1", "sub/output-1"]
    put(location, *others)
    location.check_free(RUN)
    location.claim(RUN, overwrite=False)
    location.remove_outputs()
    assert names(location) == sorted(others)


def test_runs_are_told_oldest_first_and_are_removed_alone(location: Location) -> None:
    begin(location, "run-2", "run-1")
    assert location.runs() == ["run-1", "run-2"]
    location.remove_run("run-1")
    assert names(location) == ["_corral/run-2/run.json"]
    location.remove_run("run-2")
    assert names(location) == []
    assert location.runs() == []


def test_a_manifest_that_is_none_is_nobody_s(location: Location) -> None:
    put(location, "_SUCCESS")
    assert location.finished() is None


def test_an_input_that_would_be_replaced_is_refused(location: Location) -> None:
    storage = storage_for(location.path)
    location.check_apart([FileInfo(storage.join(location.path, "in.txt"), 1), FileInfo("/elsewhere/output-0", 1)])
    with pytest.raises(OutputError, match="output-3 is an input too"):
        location.check_apart([FileInfo(location.output(3), 1)])
