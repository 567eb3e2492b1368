"""What reading costs in requests, and that it gives all bytes or an error."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.splits import split_file
from corral_core.errors import DataError
from corral_core.formats.api import FormatOptions
from corral_core.formats.source import open_split
from corral_core.formats.text import TextInput
from corral_core.storage.api import ByteRange, FileInfo
from corral_core.storage.objects import ranges, reading
from corral_core.testing.faults import Faults

if TYPE_CHECKING:
    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers

LINES = b"".join(b"line %d of the file\n" % number for number in range(40_000))


@pytest.fixture
def file(network: Proxy, storage: S3Storage, base: str) -> FileInfo:
    """LINES, stored; nothing counted yet."""
    with storage.create(f"{base}/lines.txt") as stream:
        stream.write(LINES)
    (info,) = storage.list(base)
    network.seen.clear()
    return info


def test_a_split_costs_one_request(network: Proxy, storage: S3Storage, file: FileInfo) -> None:
    """The end of its last line comes along, and nobody asks for the size first."""
    splits = split_file(file, 100_000)
    lines = [
        value
        for split in splits
        for batch in TextInput(FormatOptions()).read(open_split(storage, split))
        for value in batch.values
    ]
    assert lines == LINES.decode().splitlines()
    assert network.counts == {"GET": len(splits)}


def test_an_empty_file_costs_none(network: Proxy, storage: S3Storage, base: str) -> None:
    with storage.create(f"{base}/empty"):
        pass
    network.seen.clear()
    (split,) = split_file(FileInfo(f"{base}/empty", 0), 100)
    assert list(TextInput(FormatOptions()).read(open_split(storage, split))) == []
    assert not network.seen


@pytest.mark.parametrize("wanted", [0, 70_000, 400_000, len(LINES)])
def test_a_stream_goes_on_behind_what_was_wanted(
    storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch, wanted: int
) -> None:
    monkeypatch.setattr(reading, "RANGE", 100_000)
    with storage.stream(file, 5, wanted) as stream:
        assert stream.read() == LINES[5:]


def test_ranges_are_even_bounded_and_follow_each_other(
    network: Proxy, storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RANGE", 100_000)
    monkeypatch.setattr(reading, "TAIL", 10)
    with storage.stream(file, 0, 250_000) as stream:
        stream.read(250_000)
    spans = [tuple(map(int, seen.range.removeprefix("bytes=").split("-"))) for seen in network.seen]
    assert sorted(spans) == [(0, 83_333), (83_334, 166_666), (166_667, 250_009)]


def test_only_so_much_is_fetched_ahead_of_use(
    network: Proxy, storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RANGE", 50_000)
    with storage.stream(file, 0, file.size) as stream:
        stream.read(1)
        assert stream.read(49_000)
        assert len(network.seen) <= reading.FLYING + 1


def test_opening_a_whole_file_asks_for_no_size(network: Proxy, storage: S3Storage, file: FileInfo) -> None:
    with storage.open(file.path) as stream:
        assert stream.read() == LINES
    with storage.open(file.path, 10, 20) as stream:
        assert stream.read() == LINES[10:30]
    assert network.counts == {"GET": 2}


def test_a_long_range_is_a_window_of_a_stream(
    storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral_core.storage.objects.storage.RANGE", 1000)
    monkeypatch.setattr(reading, "RANGE", 1000)
    for offset, length in [(3, 5000), (len(LINES) - 10, 5000), (len(LINES) + 10, 5000)]:
        with storage.open(file.path, offset, length) as stream:
            assert stream.read() == LINES[offset : offset + length]


def test_a_closed_stream_asks_for_no_more(network: Proxy, storage: S3Storage, file: FileInfo) -> None:
    storage.stream(file, 0, file.size).close()
    before = len(network.seen)
    assert before <= 1
    with storage.stream(file, 0, 10) as stream:
        assert stream.read(10) == LINES[:10]


@pytest.mark.parametrize("server", ["network", "network_to_moto"])
@pytest.mark.parametrize("data", [b"another size", LINES[::-1]], ids=["size", "content"])
def test_a_file_that_changed_since_it_was_planned_is_an_error(
    request: pytest.FixtureRequest, storage: S3Storage, base: str, server: str, data: bytes
) -> None:
    """moto refuses the condition, rclone ignores it: either way it is noticed."""
    request.getfixturevalue(server)
    path = f"{base}/a"
    with storage.create(path) as stream:
        stream.write(LINES)
    planned = storage.stat(path)
    with storage.create(path) as stream:
        stream.write(data)
    with pytest.raises(DataError, match=f"{path} changed while the job ran"), storage.stream(planned, 0, 9) as stream:
        stream.read()


def test_a_file_that_is_gone_is_not_found(network: Proxy, storage: S3Storage, file: FileInfo) -> None:
    storage.delete([file.path])
    with storage.stream(file, 0, 10) as stream:
        for _ in range(2):  # and again, whoever asks
            with pytest.raises(FileNotFoundError, match=r"lines\.txt"):
                stream.read(1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_bad_network_costs_time_and_no_bytes(
    network: Proxy, storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Answers that break off are continued, refusals made again."""
    monkeypatch.setattr(reading, "RANGE", 100_000)
    network.faults = Faults(seed, slow_down=0.05, error=0.05, cut=0.05, truncate=0.2)
    with storage.stream(file, 0, seed * file.size // 4) as stream:
        assert stream.read() == LINES


def test_an_answer_that_breaks_off_is_continued_where_it_stopped(
    network: Proxy, storage: S3Storage, file: FileInfo
) -> None:
    network.faults = Faults(seed=2, truncate=0.6)
    with storage.stream(file, 0, 1000) as stream:
        data = stream.read(300_000)
    assert data == LINES[:300_000]
    starts = [int(seen.range.removeprefix("bytes=").split("-")[0]) for seen in network.seen]
    assert starts == sorted(set(starts))


def test_answers_that_always_break_off_are_an_error(
    network: Proxy, storage: S3Storage, file: FileInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "ATTEMPTS", 3)
    network.faults = Faults(truncate=1)
    with (
        pytest.raises(OSError, match=r"broke off again and again.*lines\.txt"),
        storage.stream(file, 0, file.size) as stream,
    ):
        stream.read()


def test_many_ranges_fly_at_once_and_come_in_order(network: Proxy, storage: S3Storage, file: FileInfo) -> None:
    parts = [ByteRange(file.path, number * 7, 5) for number in range(200)]
    network.latency = 0.01
    assert list(storage.read_ranges(parts)) == [LINES[r.offset : r.offset + 5] for r in parts]
    assert network.counts == {"GET": 200}


def test_threads_share_a_storage(storage: S3Storage, file: FileInfo) -> None:
    got: list[bytes] = []

    def read() -> None:
        with storage.stream(file, 0, file.size) as stream:
            got.append(stream.read())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert got == [LINES] * 8


def test_several_ranges_of_a_large_file_come_whole(network: Proxy, storage: S3Storage, base: str) -> None:
    data = os.urandom(2**20) * 40
    with storage.create(f"{base}/large") as stream:
        stream.write(data)
    network.seen.clear()
    with storage.open(f"{base}/large") as stream:
        assert stream.read() == data
    assert network.counts == {"GET": 3}
