"""Which names there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.storage.api import ByteRange
from corral_core.testing.storages.base import StorageBase

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["Names"]

STRANGE_NAMES = ["with space", "täglich-日本", "100%25", "a+b", "a#b", "a&b=c;d", "a'b", "~tilde", "(1)", "a{b}c"]


class Names(StorageBase):
    """Paths as texts."""

    @pytest.mark.parametrize("name", STRANGE_NAMES)
    def test_strange_names_are_names(self, storage: Storage, base: str, name: str) -> None:
        """Spaces, other alphabets and characters of URLs are parts of a name like any other."""
        path = self.write(storage, storage.join(base, name, name), name.encode())
        assert self.read(storage, path) == name.encode()
        assert self.names(storage, base) == [f"{name}/{name}"]
        assert list(storage.read_ranges([ByteRange(path, 0, 3)])) == [name.encode()[:3]]
        storage.delete([path])
        assert self.names(storage, base) == []

    def test_joining_minds_no_final_slash(self, storage: Storage, base: str) -> None:
        """``join`` puts one slash between a directory and a name."""
        assert storage.join(base + "/", "a", "b") == storage.join(base, "a", "b") == f"{base}/a/b"

    def test_a_normalized_path_stays_as_it_is(self, storage: Storage, base: str) -> None:
        """``normalize`` of what it gave changes nothing."""
        path = storage.normalize(storage.join(base, "a"))
        assert storage.normalize(path) == path
