from __future__ import annotations

import pytest

from corral_core.errors import InputError, PluginError
from corral_core.storage.local import LocalStorage
from corral_core.storage.memory import MemoryStorage
from corral_core.storage.resolve import scheme_of, storage_for


class PluginStorage(LocalStorage):
    """What a plugin would bring."""


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/a/b", "file"),
        ("a", "file"),
        ("file:///a", "file"),
        ("C:\\data", "file"),
        ("c://data", "file"),
        ("a/b://c", "file"),
        ("s3://bucket/key", "s3"),
        ("git+ssh://host/x", "git+ssh"),
        ("memory://a", "memory"),
    ],
)
def test_a_path_has_the_scheme_before_its_colon_and_slashes(path: str, scheme: str) -> None:
    assert scheme_of(path) == scheme


def test_each_scheme_has_its_storage_and_keeps_it() -> None:
    assert type(storage_for("/a")) is LocalStorage
    assert type(storage_for("memory://a")) is MemoryStorage
    assert storage_for("/a") is storage_for("file:///b")
    assert storage_for("memory://a") is storage_for("memory://b")


@pytest.mark.parametrize("scheme", ["file", "ram"])
def test_a_plugins_storage_comes_first(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corral_core.storage.local.PluginStorage", PluginStorage, raising=False)
    storage = storage_for(f"{scheme}://a", {scheme: "corral_core.storage.local:PluginStorage"})
    assert isinstance(storage, PluginStorage)
    assert storage.scheme == scheme


@pytest.mark.parametrize("where", ["no_such_module:Class", "corral_core.storage.local:NoSuchClass"])
def test_a_plugins_storage_that_a_worker_lacks_is_named(where: str) -> None:
    with pytest.raises(PluginError, match=f"ram:// paths, {where}, can't be imported"):
        storage_for("ram://a", {"ram": where})


@pytest.mark.parametrize(
    ("path", "meant"),
    [("s3:/b/x", "s3://b/x"), ("gs:/b", "gs://b"), ("simplecache::s3://b/x", "s3://b/x")],
)
def test_an_address_with_a_slip_is_not_taken_for_a_local_path(path: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"^{path} is no address: give {meant}, or ./{path} for a local path$"):
        storage_for(path)
    assert type(storage_for(f"./{path}")) is LocalStorage


def test_a_scheme_that_nothing_serves_is_an_input_error() -> None:
    with pytest.raises(InputError, match="nosuch://"):
        storage_for("nosuch://a")
