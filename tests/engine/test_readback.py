"""Outputs read back, from local files and from a store."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.commit import Location, Manifest
from corral_core.engine.output import writing
from corral_core.engine.readback import file_of, outputs_of
from corral_core.errors import DataError, InputError
from corral_core.formats.api import FormatOptions
from corral_core.formats.jsonl import JsonLinesInput, JsonLinesOutput
from corral_core.formats.kv import KeyValueInput
from corral_core.formats.text import TextOutput
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corral_core.formats.api import OutputFormat

Records = list[tuple[str, str]]
PARTS: list[Records] = [[("a", "1"), ("b", "2")], [], [("c", "3")]]
WORDS = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]))
numbers = iter(range(10**9))


def written(
    path: Path, parts: Sequence[Records], writes: type[OutputFormat] = TextOutput, encoding: str = "utf-8"
) -> Location:
    """A location in which a run has ended, with these records in its outputs."""
    location = Location(storage_for(str(path)), str(path))
    outputs = []
    for number, records in enumerate(parts):
        with writing(location.storage, location.output(number), writes(FormatOptions(encoding))) as writer:
            for key, value in records:
                writer.emit(key, value)
        outputs.append(writer.output(location.output(number)))
    location.finish(Manifest("run", outputs, {}, format=writes.name, encoding=encoding))
    return location


@given(st.lists(st.lists(st.tuples(WORDS, WORDS)), max_size=12))
def test_the_bytes_are_those_of_all_outputs_in_the_order_of_their_numbers(
    tmp_path_factory: pytest.TempPathFactory, parts: list[Records]
) -> None:
    path = tmp_path_factory.mktemp("out")
    location = written(path, parts)
    stored = [(path / f"output-{number}").read_bytes() for number in range(len(parts))]
    outputs = outputs_of(location, partial=False)
    assert b"".join(outputs.pieces()) == b"".join(stored)
    assert [pair for batch in outputs.batches(KeyValueInput) for pair in batch.pairs()] == list(chain(*parts))


def test_records_come_in_their_encoding(tmp_path: Path) -> None:
    location = written(tmp_path, [[("caf\u00e9", "1")]], encoding="latin-1")
    assert (tmp_path / "output-0").read_bytes() == b"caf\xe9\t1\n"
    (batch,) = outputs_of(location, partial=False).batches(KeyValueInput)
    assert list(batch.pairs()) == [("caf\u00e9", "1")]


def test_the_manifest_says_which_format_wrote(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS, JsonLinesOutput)
    outputs = outputs_of(location, partial=False)
    assert (outputs.format, outputs.encoding) == ("jsonl", "utf-8")
    assert [pair for batch in outputs.batches(JsonLinesInput) for pair in batch.pairs()] == list(chain(*PARTS))


@pytest.mark.parametrize("how", ["pieces", "batches"])
def test_a_byte_that_changed_is_told_behind_the_last_byte(tmp_path: Path, how: str) -> None:
    location = written(tmp_path, PARTS)
    (tmp_path / "output-0").write_bytes(b"a\t1\nb\t3\n")
    outputs = outputs_of(location, partial=False)
    found = outputs.pieces() if how == "pieces" else outputs.batches(KeyValueInput)
    assert next(found)
    with pytest.raises(DataError, match="output-0 is damaged: its checksum"):
        next(found)


def test_an_output_of_another_size_is_told_before_the_first_byte(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS)
    (tmp_path / "output-2").write_bytes(b"")
    with pytest.raises(DataError, match="output-2 has 0 bytes, and 4 when it was written"):
        outputs_of(location, partial=False)


def test_an_output_that_is_gone_is_told(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS)
    (tmp_path / "output-1").unlink()
    with pytest.raises(DataError, match=r"output-1 is gone from .*, where _SUCCESS lists it"):
        outputs_of(location, partial=False)


def test_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no outputs in"):
        outputs_of(Location(storage_for(str(tmp_path)), str(tmp_path)), partial=True)


def test_outputs_of_a_run_that_has_not_ended_are_read_only_if_asked_for(tmp_path: Path) -> None:
    location = written(tmp_path, [[(str(number), "")] for number in range(12)])
    (tmp_path / "_SUCCESS").write_bytes(b"{")
    with pytest.raises(InputError, match=r"since its _SUCCESS is damaged: run the job again .* --partial"):
        outputs_of(location, partial=False)
    (tmp_path / "_SUCCESS").unlink()
    with pytest.raises(InputError, match=r"not all there, since no run has ended well: .* --partial"):
        outputs_of(location, partial=False)
    outputs = outputs_of(location, partial=True)
    assert outputs.format == ""
    assert b"".join(outputs.pieces()) == b"".join(b"%d\t\n" % number for number in range(12))


def test_a_damaged_manifest_counts_as_none(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS)
    (tmp_path / "_SUCCESS").write_text(json.dumps({"run": 1}))
    with pytest.raises(InputError, match="--partial"):
        outputs_of(location, partial=False)


def test_a_file_of_a_location_is_checked_too_and_any_other_is_read_as_it_is(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS)
    (tmp_path / "note").write_text("hello")
    storage = location.storage
    one = file_of(location, storage.stat(location.output(0)))
    assert (one.format, b"".join(one.pieces())) == ("text", b"a\t1\nb\t2\n")
    other = file_of(location, storage.stat(str(tmp_path / "note")))
    assert (other.format, b"".join(other.pieces())) == ("", b"hello")
    (tmp_path / "output-0").write_bytes(b"a")
    with pytest.raises(DataError, match="output-0 has 1 bytes, and 8 when it was written"):
        file_of(location, storage.stat(location.output(0)))


def test_a_file_that_vanishes_while_it_is_read_is_named(tmp_path: Path) -> None:
    location = written(tmp_path, PARTS)
    outputs = outputs_of(location, partial=False)
    (tmp_path / "output-0").unlink()
    with pytest.raises(DataError, match="output-0 can't be read: no such file or directory"):
        next(outputs.pieces())


def test_a_store_serves_as_well_as_a_disk() -> None:
    path = f"memory://readback-{next(numbers)}"
    location = Location(storage_for(path), path)
    with writing(location.storage, location.output(0), TextOutput(FormatOptions())) as writer:
        writer.emit("a", 1)
    location.finish(Manifest("run", [writer.output(location.output(0))], {}))
    assert list(outputs_of(location, partial=False).pieces()) == [b"a\t1\n"]
