from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.output import OutputWriter, TypedOutput, writing
from corral_core.engine.stageinput import StageInput
from corral_core.errors import CarryError, OutputTakenError
from corral_core.formats.api import FormatOptions, Source
from corral_core.formats.text import TextOutput
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from pathlib import Path

keys = st.one_of(st.text(max_size=3), st.integers(), st.booleans(), st.none(), st.tuples(st.integers(), st.text()))
values = st.one_of(keys, st.lists(st.integers()), st.dictionaries(st.text(max_size=2), st.floats(allow_nan=False)))


def written(encoder: Any, records: list[tuple[Any, Any]]) -> tuple[bytes, OutputWriter]:
    stream = io.BytesIO()
    writer = OutputWriter(stream, encoder)
    for record in records:
        writer.emit(*record)
    writer.close()
    return stream.getvalue(), writer


@given(st.lists(st.tuples(keys, values), max_size=200))
def test_records_between_stages_come_back_in_order_with_their_types(records: list[tuple[Any, Any]]) -> None:
    data, writer = written(TypedOutput(any_type=False), records)
    source = Source("part-0", 0, len(data), len(data), lambda offset: io.BytesIO(data[offset:]))
    batches = StageInput(FormatOptions()).read(source)
    assert repr([pair for batch in batches for pair in batch.pairs()]) == repr(records)
    output = writer.output("part-0")
    assert (output.size, output.records, output.checksum) == (len(data), len(records), f"crc32:{crc32(data):08x}")


@pytest.mark.parametrize("size", [1, 100, 10**4])
def test_batches_grow_with_small_records_and_shrink_with_large(size: int) -> None:
    encoded: list[int] = []

    class Counting(TextOutput):
        def encode(self, records: Any) -> bytes:
            encoded.append(len(records))
            return super().encode(records)

    records = [(str(number), "x" * size) for number in range(3000)]
    data, writer = written(Counting(FormatOptions()), records)
    assert data == "".join(f"{key}\t{value}\n" for key, value in records).encode()
    assert sum(encoded) == writer.records == 3000
    assert encoded[0] == 1
    assert encoded[1] <= 8
    assert max(encoded) > 64 or size == 10**4
    assert max(encoded[1:]) * size < 2**22


@pytest.mark.parametrize("record", [([1], 1), ({}, 1), (float("nan"), 1), ("k", {1})])
def test_what_the_next_stage_could_not_read_is_refused(record: tuple[Any, Any]) -> None:
    with pytest.raises(CarryError):
        written(TypedOutput(any_type=False), [("fine", 1), record])


def test_a_file_appears_when_it_is_whole_and_not_when_writing_fails(tmp_path: Path) -> None:
    storage, path = storage_for(str(tmp_path)), tmp_path / "output-0"
    with writing(storage, str(path), TextOutput(FormatOptions())) as writer:
        writer.emit("a", 1)
        assert not path.exists()
    assert path.read_bytes() == b"a\t1\n"
    path.unlink()

    def fail() -> None:
        with writing(storage, str(path), TextOutput(FormatOptions())) as writer:
            writer.emit("a", 1)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert list(tmp_path.iterdir()) == []


def write(path: str, *values: str) -> None:
    with writing(storage_for(path), path, TextOutput(FormatOptions())) as writer:
        for value in values:
            writer.emit("a", value)


def read(path: str) -> bytes:
    with storage_for(path).open(path) as stream:
        return stream.read()


@pytest.fixture(params=["local", "memory"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "output-0") if request.param == "local" else f"memory://{tmp_path}/output-0"


def test_an_output_that_is_there_with_the_same_bytes_is_done(path: str) -> None:
    for _ in range(2):
        write(path, "1", "2")
        assert read(path) == b"a\t1\na\t2\n"


@pytest.mark.parametrize("other", [("1", "3"), ("1",), ("1", "2", "3"), ()], ids=["same size", "less", "more", "none"])
def test_an_output_that_is_there_with_other_bytes_is_left_as_it_is_and_told(path: str, other: tuple[str, ...]) -> None:
    write(path, "1", "2")
    with pytest.raises(OutputTakenError, match=r"output-0 is there already, with other bytes than this task's"):
        write(path, *other)
    assert read(path) == b"a\t1\na\t2\n"


def test_a_file_exists_error_of_the_user_s_is_theirs(path: str) -> None:
    def raising() -> None:
        with writing(storage_for(path), path, TextOutput(FormatOptions())):
            raise FileExistsError("my own")

    with pytest.raises(FileExistsError, match="my own"):
        raising()
