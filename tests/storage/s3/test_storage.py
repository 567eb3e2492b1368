"""Names, listings, removals and their requests, on real servers."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from corral_core.storage.api import FileInfo
from corral_core.storage.requests import counted
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import s3_server

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy
    from corral_core.testing.servers import Server

pytestmark = pytest.mark.servers

STRANGE = ["what?", "a*b", "a[b]", "x?versionId=1", "a\\b", "&amp;", "%2F", "ends with space ", "+#?", "日本"]


def write(storage: S3Storage, path: str) -> str:
    with storage.create(path) as stream:
        stream.write(path.encode())
    return path


@pytest.mark.parametrize("name", STRANGE)
def test_no_character_of_a_key_has_a_meaning(network: Proxy, storage: S3Storage, base: str, name: str) -> None:
    path = write(storage, f"{base}/{name}")
    assert [info.path for info in storage.list(path)] == [info.path for info in storage.list(base)] == [path]
    with storage.open(path) as stream:
        assert stream.read() == path.encode()
    storage.delete([path])
    assert storage.list(base) == []


@pytest.mark.slow
def test_ten_thousand_keys_are_listed_and_removed_in_few_requests(tmp_path: Path, storage: S3Storage) -> None:
    (tmp_path / "bucket").mkdir()
    for number in range(10_000):
        (tmp_path / "bucket" / f"{number:05}.txt").write_bytes(b"x")
    with s3_server(tmp_path) as server, proxy(server.url) as network, network.server.environment():
        look_at_ten_thousand_keys(network, storage)


def look_at_ten_thousand_keys(network: Proxy, storage: S3Storage) -> None:
    base = "s3://bucket"
    files = storage.list(base)
    assert [info.path for info in files] == [f"{base}/{number:05}.txt" for number in range(10_000)]
    assert network.counts == {"LIST": 10}
    network.seen.clear()
    assert len(storage.list(f"{base}/001*.txt")) == 100
    assert network.counts == {"LIST": 1}
    network.seen.clear()
    storage.delete(info.path for info in files)
    assert network.counts == {"DELETE": 10}
    assert storage.list(base) == []


def test_a_file_costs_one_look(network: Proxy, storage: S3Storage, base: str) -> None:
    path = write(storage, f"{base}/a")
    network.seen.clear()
    assert storage.list(path) == [storage.stat(path)] == [FileInfo(path, len(path), storage.stat(path).version)]
    assert network.counts == {"HEAD": 3}


def test_a_bucket_lists_all_its_files_and_is_none(network: Proxy, storage: S3Storage, base: str) -> None:
    path = write(storage, f"{base}/a")
    assert path in [info.path for info in storage.list("s3://bucket/")]
    with pytest.raises(FileNotFoundError, match="a bucket"):
        storage.stat("s3://bucket")


def test_names_that_end_with_a_slash_are_directories(moto: Server, storage: S3Storage, base: str) -> None:
    """As consoles make them, of empty objects."""
    with moto.environment():
        write(storage, f"{base}/d/")
        write(storage, f"{base}/d/a")
        assert [info.path for info in storage.list(f"{base}/*")] == [f"{base}/d/a"]
        storage.delete_tree(f"{base}/d")
        assert storage.list(base) == []


def test_what_must_not_be_removed_is_an_error(network: Proxy, storage: S3Storage, base: str) -> None:
    with pytest.raises(FileNotFoundError, match="there is no bucket nowhere"):
        storage.delete(["s3://nowhere/a"])


def test_requests_are_counted_as_they_leave(network: Proxy, storage: S3Storage, base: str) -> None:
    before = counted()
    path = write(storage, f"{base}/a")
    storage.list(base)
    with storage.open(path) as stream:
        stream.read()
    storage.delete_tree(base)
    storage.abort_uploads(base)
    assert {kind: number - before.get(kind, 0) for kind, number in counted().items()} == {
        kind: network.counts[kind] for kind in counted()
    }
    assert network.counts == {"PUT": 1, "HEAD": 1, "LIST": 3, "GET": 1, "DELETE": 1}


def test_counting_imports_nothing() -> None:
    code = (
        "import sys; from corral_core.storage.requests import counted; import corral_core.worker;"
        "print(counted(), [m for m in ('fsspec', 's3fs', 'asyncio', 'botocore') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "{} []\n"
