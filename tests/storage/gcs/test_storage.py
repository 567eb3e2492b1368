"""Names, listings, removals and their requests; and errors, each with its way out."""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from corral_core.storage.gcs import line
from corral_core.storage.gcs.storage import GCSStorage
from corral_core.storage.requests import counted
from corral_core.testing.servers import gcs_environment

if TYPE_CHECKING:
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers

STRANGE = ["what?", "a*b", "a[b]", "a#1", "a\\b", "&amp;", "%2F", "+#?", "日本"]


def write(storage: GCSStorage, path: str) -> str:
    with storage.create(path) as stream:
        stream.write(path.encode())
    return path


@pytest.mark.parametrize("name", STRANGE)
def test_no_character_of_a_key_has_a_meaning(network: Proxy, storage: GCSStorage, base: str, name: str) -> None:
    path = write(storage, f"{base}/{name}")
    assert [info.path for info in storage.list(path)] == [info.path for info in storage.list(base)] == [path]
    with storage.open(path) as stream:
        assert stream.read() == path.encode()
    storage.delete([path])
    assert storage.list(base) == []


def test_listings_come_in_pages_and_removals_many_at_once(
    network: Proxy, storage: GCSStorage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral_core.storage.gcs.storage.PAGE", 50)
    names = [write(storage, f"{base}/{number:04}") for number in range(120)]
    network.seen.clear()
    assert [info.path for info in storage.list(f"{base}/*")] == names
    assert network.counts == {"LIST": 3}
    storage.delete_tree(base)
    assert network.counts["DELETE"] == 120
    assert storage.list(base) == []


def test_requests_are_counted_where_they_leave(network: Proxy, storage: GCSStorage, base: str) -> None:
    before = counted()
    storage.stat(write(storage, f"{base}/a"))
    storage.list(f"{base}/*")
    after = counted()
    assert {kind: after[kind] - before.get(kind, 0) for kind in ("PUT", "HEAD", "LIST")} == network.counts


def test_a_bucket_that_is_not_there_is_named(network: Proxy, storage: GCSStorage) -> None:
    with pytest.raises(FileNotFoundError, match="there is no bucket nowhere"):
        storage.list("gs://nowhere/a")


@pytest.mark.parametrize(
    ("refusal", "kind", "told"),
    [
        ("403 Forbidden", PermissionError, "access denied"),
        ("401 Unauthorized", PermissionError, "access denied"),
        ("429 Too Many Requests", OSError, "lower maxConcurrency"),
        ("501 Not Implemented", OSError, "GCS answered 501"),
    ],
)
def test_a_refusal_says_what_to_do(
    network: Proxy, monkeypatch: pytest.MonkeyPatch, refusal: str, kind: type[OSError], told: str
) -> None:
    monkeypatch.setattr(line, "ATTEMPTS", 2)
    network.refusal = (refusal, "")
    with pytest.raises(kind, match=told):
        GCSStorage().stat("gs://bucket/some/file")


def test_a_store_that_can_not_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ATTEMPTS", 1)
    with (
        patch.dict(os.environ, gcs_environment("http://127.0.0.1:9")),
        pytest.raises(OSError, match="the store can't be reached"),
    ):
        GCSStorage().stat("gs://bucket/some/file")


def test_without_credentials_what_is_public_is_asked_for_and_what_is_not_names_the_sources(
    network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here GCS itself is played by the proxy, and there are no credentials on the machine."""
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setattr("corral_core.storage.gcs.client._HOST", network.server.url)
    storage = GCSStorage()
    assert storage.list("gs://bucket/nothing/*") == []
    network.refusal = ("401 Unauthorized", "required")
    with pytest.raises(PermissionError, match="no credentials: looked at GOOGLE_APPLICATION_CREDENTIALS"):
        storage.stat("gs://bucket/some/file")


def test_a_storage_that_is_gone_takes_its_thread_along(network: Proxy, base: str) -> None:
    before = set(threading.enumerate())
    storage = GCSStorage()
    storage.list(base)
    made = [thread for thread in threading.enumerate() if thread not in before and thread.name == "corral-gcs"]
    assert len(made) == 1
    del storage
    gc.collect()
    made[0].join(10)
    assert not made[0].is_alive()
