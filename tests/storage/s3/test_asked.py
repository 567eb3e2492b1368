"""What the store is said to be asked for is what it is asked for: plans are made with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.api import ByteRange
from corral_core.storage.objects.reading import RANGE
from corral_core.storage.s3.writing import PART

if TYPE_CHECKING:
    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, 2 * PART, 2 * PART + 1])
def test_writing(network: Proxy, storage: S3Storage, base: str, size: int) -> None:
    with storage.create(f"{base}/a") as stream:
        stream.write(os.urandom(size))
    assert network.counts == storage.asked_to_write(size)


@pytest.mark.parametrize("length", [1, RANGE, RANGE + 1, 2 * RANGE + 1])
def test_reading(network: Proxy, storage: S3Storage, base: str, length: int) -> None:
    with storage.create(f"{base}/a") as stream:
        stream.write(os.urandom(2 * RANGE + 5))
    file = storage.stat(f"{base}/a")
    before = network.counts
    with storage.stream(file, 2, length) as stream:
        assert len(stream.read(length)) == length
    assert network.counts - before == storage.asked_to_read(length)


def test_fetching_many_ranges(network: Proxy, storage: S3Storage, base: str) -> None:
    with storage.create(f"{base}/a") as stream:
        stream.write(b"0123456789")
    before = network.counts
    assert b"".join(storage.read_ranges([ByteRange(f"{base}/a", n, 1) for n in range(10)])) == b"0123456789"
    assert network.counts - before == storage.asked_to_fetch(10)
