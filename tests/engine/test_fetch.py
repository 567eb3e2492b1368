"""What a shuffle asks of a store that charges for every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from corral_core import Driver, Job, Sum
from corral_core.storage.memory import MemoryStorage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from corral_core.storage.api import ByteRange

MAPPERS, REDUCERS = 5, 3


def words(_key: str, value: str) -> Iterator[tuple[str, int]]:
    for word in value.split():
        yield word, 1


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The paths that were created and the ranges that were read, in the run's own folder."""
    calls: dict[str, list[str]] = {"create": [], "ranges": [], "list": []}
    create, read_ranges, listed = MemoryStorage.create, MemoryStorage.read_ranges, MemoryStorage.list

    def creating(self: MemoryStorage, path: str, **options: Any) -> Any:
        calls["create"].append(path)
        return create(self, path, **options)

    def reading(self: MemoryStorage, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        calls["ranges"] += [f"{part.path}:{part.offset}" for part in ranges]
        return read_ranges(self, ranges)

    def listing(self: MemoryStorage, path: str) -> Any:
        calls["list"].append(path)
        return listed(self, path)

    monkeypatch.setattr(MemoryStorage, "create", creating)
    monkeypatch.setattr(MemoryStorage, "read_ranges", reading)
    monkeypatch.setattr(MemoryStorage, "list", listing)
    return calls


def test_a_mapper_writes_one_object_and_a_reducer_reads_one_range_of_each(
    tmp_path: Path, asked: dict[str, list[str]]
) -> None:
    """On a store that is not this machine's disk, by itself; and nobody looks for segments by listing."""
    source = tmp_path / "in.txt"
    source.write_text("a b c d e f g\n" * MAPPERS, encoding="utf-8")
    location = f"memory://{uuid4()}"
    result = Driver(Job(words, Sum()), executor="inline", working_location=location, reducers=REDUCERS).run(
        str(source), split_size=14, map_bin_size=14
    )
    assert dict(result) == dict.fromkeys("abcdefg", str(MAPPERS))
    segments = [path for path in asked["create"] if "/stage-0/" in path]
    assert len(segments) == MAPPERS
    assert len(asked["ranges"]) == len(set(asked["ranges"])) == MAPPERS * REDUCERS
    assert not [path for path in asked["list"] if "stage-0" in path]
