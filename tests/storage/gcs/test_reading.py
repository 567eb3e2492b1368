"""What reading costs in requests, and that it goes on where an answer broke off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import DataError
from corral_core.storage.api import ByteRange
from corral_core.storage.objects import reading
from corral_core.testing.faults import Faults

if TYPE_CHECKING:
    from corral_core.storage.api import FileInfo
    from corral_core.storage.gcs.storage import GCSStorage
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers

DATA = os.urandom(1_000_000)


@pytest.fixture
def file(network: Proxy, storage: GCSStorage, base: str) -> FileInfo:
    with storage.create(f"{base}/a") as stream:
        stream.write(DATA)
    found = storage.stat(f"{base}/a")
    network.seen.clear()
    return found


def test_a_split_is_read_in_ranges_without_a_look(
    network: Proxy, storage: GCSStorage, file: FileInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RANGE", 200_000)
    with storage.stream(file, 100_000, len(DATA)) as stream:
        assert stream.read() == DATA[100_000:]
    assert network.counts == {"GET": 5}


def test_many_ranges_are_a_request_each(network: Proxy, storage: GCSStorage, file: FileInfo) -> None:
    ranges = [ByteRange(file.path, start, 1000) for start in range(0, 50_000, 1000)]
    assert b"".join(storage.read_ranges(ranges)) == DATA[:50_000]
    assert network.counts == {"GET": 50}


def test_a_file_that_changed_since_it_was_planned_is_an_error(
    network: Proxy, storage: GCSStorage, file: FileInfo
) -> None:
    with storage.create(file.path) as stream:
        stream.write(DATA[::-1])  # as large as before
    with (
        pytest.raises(DataError, match=f"{file.path} changed while the job ran"),
        storage.stream(file, 0, 9) as stream,
    ):
        stream.read()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_bad_network_costs_time_and_no_bytes(
    network: Proxy, storage: GCSStorage, file: FileInfo, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(reading, "RANGE", 100_000)
    network.faults = Faults(seed, slow_down=0.1, error=0.1, cut=0.1, truncate=0.2)
    with storage.stream(file, 0, len(DATA)) as stream:
        assert stream.read() == DATA
