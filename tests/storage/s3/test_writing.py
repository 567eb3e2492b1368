"""What writing costs in requests, and that a name holds all of a file or nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.s3 import client, writing
from corral_core.testing.faults import Fault, Faults

if TYPE_CHECKING:
    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers

MIB = 2**20
DATA = os.urandom(MIB) * 21


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3's least: files of a few parts need not be large."""
    monkeypatch.setattr(writing, "PART", 5 * MIB)


def write(storage: S3Storage, path: str, data: bytes, *, exclusive: bool = False, step: int = 3 * MIB) -> None:
    with storage.create(path, exclusive=exclusive) as stream:
        for start in range(0, len(data), step):
            stream.write(data[start : start + step])


def read(storage: S3Storage, path: str) -> bytes:
    with storage.open(path) as stream:
        return stream.read()


def uploads(storage: S3Storage, base: str) -> int:
    """Unfinished ones, which are removed."""
    return storage.abort_uploads(base)


@pytest.mark.parametrize("size", [0, 1, 5 * MIB])
def test_what_fits_in_a_part_is_one_request(network: Proxy, storage: S3Storage, base: str, size: int) -> None:
    write(storage, f"{base}/a", DATA[:size])
    assert network.counts == {"PUT": 1}
    assert read(storage, f"{base}/a") == DATA[:size]


@pytest.mark.parametrize("step", [100_000, 21 * MIB])
def test_a_large_file_goes_in_parts(network: Proxy, storage: S3Storage, base: str, step: int) -> None:
    write(storage, f"{base}/a", DATA, step=step)
    assert network.counts == {"UPLOAD": 2, "PART": 5}
    assert read(storage, f"{base}/a") == DATA
    assert uploads(storage, base) == 0


def test_no_more_parts_are_held_than_fly(network: Proxy, storage: S3Storage, base: str) -> None:
    """A slow network holds the writer back."""
    network.bandwidth = 20e6
    with storage.create(f"{base}/a") as stream:
        stream.write(DATA)
        assert len(stream._flying) <= writing.FLYING  # type: ignore[attr-defined]  # (what is held is not public)
    assert read(storage, f"{base}/a") == DATA


@pytest.mark.parametrize("size", [10, 21 * MIB])
@pytest.mark.parametrize("exclusive", [False, True])
def test_a_failed_write_leaves_no_object_and_no_upload(
    network: Proxy, storage: S3Storage, base: str, size: int, *, exclusive: bool
) -> None:
    def fail() -> None:
        with storage.create(f"{base}/a", exclusive=exclusive) as stream:
            stream.write(DATA[:size])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert storage.list(base) == []
    assert uploads(storage, base) == 0


def test_a_part_that_is_refused_ends_the_upload(
    network: Proxy, storage: S3Storage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ATTEMPTS", 1)
    network.faults = Faults(error=1, kinds=frozenset({"PART"}))
    with pytest.raises(OSError, match="InternalError"):
        write(storage, f"{base}/a", DATA)
    assert storage.list(base) == []
    assert uploads(storage, base) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [10, 21 * MIB])
def test_a_bad_network_costs_time_and_no_bytes(
    network_to_moto: Proxy, storage: S3Storage, base: str, seed: int, size: int
) -> None:
    """Also where an answer is lost and the request, made again, meets what it did itself."""
    network_to_moto.faults = Faults(seed, slow_down=0.15, error=0.1, cut=0.15)
    write(storage, f"{base}/a", DATA[:size], exclusive=True)
    network_to_moto.faults = Faults()
    assert read(storage, f"{base}/a") == DATA[:size]


@pytest.mark.parametrize("size", [10, 21 * MIB])
def test_an_exclusive_file_is_refused_when_the_name_is_taken(
    network_to_moto: Proxy, storage: S3Storage, base: str, size: int
) -> None:
    """Small ones and those in parts: S3 holds the condition when the file would become seen."""
    write(storage, f"{base}/a", b"first")
    with pytest.raises(FileExistsError, match=f"{base}/a"):
        write(storage, f"{base}/a", DATA[:size], exclusive=True)
    assert read(storage, f"{base}/a") == b"first"
    assert uploads(storage, base) == 0


def test_an_exclusive_file_whose_answer_was_lost_is_known_again(
    network_to_moto: Proxy, storage: S3Storage, base: str
) -> None:
    """The first request did its work and its answer was cut; the second is told that the name is taken: by us."""

    class First(Faults):
        def next(self, request: str, kind: str) -> Fault:
            super().next("all", kind)
            return "cut" if self._times["all"] == 1 else ""

    network_to_moto.faults = First()
    write(storage, f"{base}/a", b"whole", exclusive=True)
    assert network_to_moto.counts == {"PUT": 2, "HEAD": 1}
    assert read(storage, f"{base}/a") == b"whole"


def test_uploads_of_killed_writers_are_aborted_below_a_path(network: Proxy, storage: S3Storage, base: str) -> None:
    """And those beside it are left alone."""
    paths = [f"{base}/d/a", f"{base}/d/b/c", f"{base}/d", f"{base}/d-2/a"]
    for path in paths:
        storage.client.call(path, "create_multipart_upload", Key=path.removeprefix("s3://bucket/"))
    assert storage.abort_uploads(f"{base}/d") == 3
    assert storage.abort_uploads(f"{base}/d") == 0
    assert storage.abort_uploads(base) == 1
