"""What writing costs in requests, and that a name holds all of a file or nothing."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.gcs import line, writing
from corral_core.testing.faults import Fault, Faults

if TYPE_CHECKING:
    from corral_core.storage.gcs.storage import GCSStorage
    from corral_core.testing.proxy import Proxy
    from tests.storage.gcs.conftest import Resumable

pytestmark = pytest.mark.servers

CHUNK = 2**18
"""GCS's least: files of a few chunks need not be large."""
DATA = os.urandom(4 * CHUNK + 1000)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", CHUNK)


def write(storage: GCSStorage, path: str, data: bytes, *, exclusive: bool = False, step: int = 100_000) -> None:
    with storage.create(path, exclusive=exclusive) as stream:
        for start in range(0, len(data), step):
            stream.write(data[start : start + step])


def read(storage: GCSStorage, path: str) -> bytes:
    with storage.open(path) as stream:
        return stream.read()


@pytest.mark.parametrize("size", [0, 1, CHUNK])
def test_what_fits_in_a_chunk_is_one_request(network: Proxy, storage: GCSStorage, base: str, size: int) -> None:
    write(storage, f"{base}/a", DATA[:size])
    assert network.counts == {"PUT": 1}
    assert read(storage, f"{base}/a") == DATA[:size]


@pytest.mark.parametrize("step", [100_000, len(DATA)])
@pytest.mark.parametrize("size", [CHUNK + 1, 4 * CHUNK, len(DATA)])
def test_a_large_file_goes_in_chunks(network: Proxy, storage: GCSStorage, base: str, size: int, step: int) -> None:
    write(storage, f"{base}/a", DATA[:size], step=step)
    assert network.counts == {"UPLOAD": 1, "PART": -(-size // CHUNK)}
    assert read(storage, f"{base}/a") == DATA[:size]


@pytest.mark.parametrize("size", [10, len(DATA)])
@pytest.mark.parametrize("exclusive", [False, True])
def test_a_failed_write_leaves_nothing(
    network: Proxy, storage: GCSStorage, base: str, size: int, *, exclusive: bool
) -> None:
    def fail() -> None:
        with storage.create(f"{base}/a", exclusive=exclusive) as stream:
            stream.write(DATA[:size])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert storage.list(base) == []


def test_a_large_exclusive_file_carries_its_condition_from_the_start(
    network: Proxy, storage: GCSStorage, base: str
) -> None:
    """The server of these tests ignores it; GCS looks at it then, and again at the end."""
    write(storage, f"{base}/a", DATA, exclusive=True)
    [begun] = [seen.target for seen in network.seen if seen.kind == "UPLOAD"]
    assert "ifGenerationMatch=0" in begun


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_bad_network_costs_time_and_no_bytes(network: Proxy, storage: GCSStorage, base: str, seed: int) -> None:
    """Also where an answer is lost and the request, made again, meets what it did itself."""
    network.faults = Faults(seed, slow_down=0.15, error=0.1, cut=0.1)
    for number in range(5):
        write(storage, f"{base}/{number}", DATA[:10], exclusive=True)
    network.faults = Faults()
    assert [read(storage, info.path) for info in storage.list(base)] == [DATA[:10]] * 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_an_upload_goes_on_from_what_has_arrived(resumable: Resumable, storage: GCSStorage, seed: int) -> None:
    """Of a chunk that fails, GCS may have kept all, some or nothing, and the last one may have made the object."""
    resumable.chance = random.Random(seed)
    write(storage, "gs://bucket/a", DATA)
    assert resumable.objects == {"a": DATA}
    assert resumable.failures > 0


def test_an_upload_that_is_given_up_is_cancelled(resumable: Resumable, storage: GCSStorage) -> None:
    def fail() -> None:
        with storage.create("gs://bucket/a") as stream:
            stream.write(DATA)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert resumable.sessions == {}


def test_an_exclusive_file_is_refused_when_the_name_is_taken(network: Proxy, storage: GCSStorage, base: str) -> None:
    write(storage, f"{base}/a", b"first")
    with pytest.raises(FileExistsError, match=f"{base}/a"):
        write(storage, f"{base}/a", b"second", exclusive=True)
    assert read(storage, f"{base}/a") == b"first"


def test_an_exclusive_file_whose_answer_was_lost_is_known_again(network: Proxy, storage: GCSStorage, base: str) -> None:
    """The first request did its work and its answer was cut; the second is told that the name is taken: by us."""

    class First(Faults):
        def next(self, request: str, kind: str) -> Fault:
            super().next("all", kind)
            return "cut" if self._times["all"] == 1 else ""

    network.faults = First()
    write(storage, f"{base}/a", b"whole", exclusive=True)
    assert network.counts == {"PUT": 2, "HEAD": 1}
    assert read(storage, f"{base}/a") == b"whole"


def test_a_chunk_that_is_refused_ends_the_upload(
    network: Proxy, storage: GCSStorage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "ATTEMPTS", 1)
    network.faults = Faults(error=1, kinds=frozenset({"PART"}))
    with pytest.raises(OSError, match="GCS answered 500"):
        write(storage, f"{base}/a", DATA)
    assert storage.list(base) == []
