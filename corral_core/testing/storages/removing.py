"""What is removed, and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.testing.storages.base import StorageBase

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["Removing"]


class Removing(StorageBase):
    """Deletion."""

    def test_deleting_takes_what_is_there_and_minds_nothing_else(self, storage: Storage, base: str) -> None:
        """``delete`` removes exactly the files that are named, and minds none that is missing."""
        self.tree(storage, base, ["a", "b", "c[1]", "c1", "d/e"])
        missing = [storage.join(base, name) for name in ("missing", "missing[1]")]
        storage.delete([*missing, *(storage.join(base, name) for name in ("a", "c[1]", "d/e"))])
        assert self.names(storage, base) == ["b", "c1"]
        storage.delete([])

    def test_a_tree_is_deleted_with_hidden_names_and_alone(self, storage: Storage, base: str) -> None:
        """``delete_tree`` removes what is below a directory, hidden names too, and nothing beside it."""
        self.tree(storage, base, ["d/a", "d/_b/c", "d/.e", "d2/f", "d"[:1] + "-3"])
        storage.delete_tree(storage.join(base, "d"))
        assert storage.list(storage.join(base, "d", "_b", "c")) == []
        assert self.names(storage, base) == ["d-3", "d2/f"]
        storage.delete_tree(storage.join(base, "d"))
        storage.delete_tree(storage.join(base, "missing"))
