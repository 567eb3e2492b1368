"""What a path stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.testing.storages.base import StorageBase

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["Listing"]


class Listing(StorageBase):
    """Listings of files, directories and globs."""

    def test_what_it_bills_has_a_price(self, storage: Storage) -> None:
        """Every kind of request that it bills has a price in its table."""
        assert set(storage.billed.values()) <= set(storage.prices.prices if storage.prices else ())

    def test_nothing_there_is_an_empty_list(self, storage: Storage, base: str) -> None:
        """Listing a path, or a glob, that stands for nothing gives no files and no error."""
        assert storage.list(storage.join(base, "missing")) == []
        assert storage.list(storage.join(base, "missing", "*")) == []
        assert storage.list(storage.join(base, "missing", "**", "*.txt")) == []

    def test_a_file_stands_for_itself_even_when_hidden(self, storage: Storage, base: str) -> None:
        """A file that is named is listed, whatever its name begins with."""
        path = self.write(storage, storage.join(base, "_hidden"), b"12345")
        (info,) = storage.list(path)
        assert (info.path, info.size) == (path, 5)

    def test_a_directory_stands_for_all_files_below_but_hidden_ones(self, storage: Storage, base: str) -> None:
        """A directory is all files below it, sorted, but for those under a name that begins with ``_`` or ``.``."""
        self.tree(storage, base, ["b", "a/2", "a/1", "a/c/3", "_x", ".y", "a/_z", "_d/1", "a/.d/1", "a-1"])
        assert self.names(storage, base) == ["a-1", "a/1", "a/2", "a/c/3", "b"]

    def test_a_final_slash_does_not_matter(self, storage: Storage, base: str) -> None:
        """A directory is the same with a slash behind it and without."""
        self.tree(storage, base, ["a"])
        assert storage.list(base + "/") == storage.list(base)

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("*", ["1.txt", "2.txt", "3.log", "d/4.txt", "d/e/5.txt"]),
            ("*.txt", ["1.txt", "2.txt"]),
            ("?.log", ["3.log"]),
            ("[13].*", ["1.txt", "3.log"]),
            ("[!1].txt", ["2.txt"]),
            ("d", ["d/4.txt", "d/e/5.txt"]),
            ("*/4.txt", ["d/4.txt"]),
            ("d/*/*.txt", ["d/e/5.txt"]),
            ("**/*.txt", ["1.txt", "2.txt", "d/4.txt", "d/e/5.txt"]),
            ("**", ["1.txt", "2.txt", "3.log", "d/4.txt", "d/e/5.txt"]),
            ("**/e", ["d/e/5.txt"]),
            ("d/**/5.txt", ["d/e/5.txt"]),
            ("*.csv", []),
            ("1.txt/*", []),
        ],
    )
    def test_a_glob_stands_for_what_it_matches(
        self, storage: Storage, base: str, pattern: str, expected: list[str]
    ) -> None:
        """``*``, ``?``, ``[]`` and ``**`` match as in a shell; a directory that matches is all files below it."""
        self.tree(storage, base, ["1.txt", "2.txt", "3.log", "d/4.txt", "d/e/5.txt", "_6.txt", "_h/7.txt", "d/.8.txt"])
        assert self.names(storage, base, pattern) == expected

    def test_a_name_with_glob_characters_is_itself_first(self, storage: Storage, base: str) -> None:
        """A file whose very name is asked for is that file, though the name could be a glob."""
        self.tree(storage, base, ["a[1].txt", "a1.txt"])
        assert self.names(storage, base, "a[1].txt") == ["a[1].txt"]
        storage.delete([storage.join(base, "a[1].txt")])
        assert self.names(storage, base, "a[1].txt") == ["a1.txt"]

    def test_lists_see_what_was_just_written(self, storage: Storage, base: str) -> None:
        """A listing has every file that was written before it was asked for."""
        self.tree(storage, base, ["a"])
        storage.list(base)
        self.tree(storage, base, ["b"])
        assert self.names(storage, base) == ["a", "b"]
