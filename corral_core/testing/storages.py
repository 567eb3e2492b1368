"""What every storage must do, as a class.

A plugin's test file subclasses it and says where to write::

    from corral_core.testing.storages import StorageSuite

    class TestRamStorage(StorageSuite):
        @pytest.fixture
        def storage(self):
            return RamStorage("ram")

        @pytest.fixture
        def base(self):
            return "ram://some/new/place"
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from corral_core.storage.api import ByteRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.storage.api import Storage

__all__ = ["StorageSuite"]

STRANGE_NAMES = ["with space", "täglich-日本", "100%25", "a+b", "a#b", "a&b=c;d", "a'b", "~tilde", "(1)", "a{b}c"]


class StorageSuite:
    """Subclass it and give ``storage`` and ``base``, a directory of its own for each test; it need not exist."""

    can_replace: ClassVar[bool] = True
    """Whether a file that is there can be written anew."""

    @pytest.fixture
    def storage(self) -> Storage:
        """The storage under test."""
        raise NotImplementedError  # pytest can't collect an abstract class: the plugin's subclass answers

    @pytest.fixture
    def base(self) -> str:
        """A directory for this test alone, with its scheme."""
        raise NotImplementedError  # as above

    @staticmethod
    def write(storage: Storage, path: str, data: bytes = b"x", *, exclusive: bool = False) -> str:
        """Create a file; its normalized path."""
        with storage.create(path, exclusive=exclusive) as stream:
            stream.write(data)
        return storage.normalize(path)

    @staticmethod
    def fail_to_write(storage: Storage, path: str, *, exclusive: bool = False) -> None:
        """Begin a file and give up."""
        with storage.create(path, exclusive=exclusive) as stream:
            stream.write(b"x" * 100_000)
            raise ZeroDivisionError

    @staticmethod
    def read(storage: Storage, path: str, offset: int = 0, length: int | None = None) -> bytes:
        """What a stream gives."""
        with storage.open(path, offset, length) as stream:
            return stream.read()

    def tree(self, storage: Storage, base: str, names: Sequence[str]) -> None:
        """Create small files below ``base``."""
        for name in names:
            self.write(storage, storage.join(base, *name.split("/")))

    @staticmethod
    def names(storage: Storage, base: str, pattern: str = "") -> list[str]:
        """What a path below ``base`` stands for, relative to ``base``."""
        found = storage.list(storage.join(base, pattern) if pattern else base)
        return [info.path.removeprefix(storage.normalize(base)).lstrip("/") for info in found]

    # What a path stands for

    def test_what_it_bills_has_a_price(self, storage: Storage) -> None:
        assert set(storage.billed.values()) <= set(storage.prices.prices if storage.prices else ())

    def test_nothing_there_is_an_empty_list(self, storage: Storage, base: str) -> None:
        assert storage.list(storage.join(base, "missing")) == []
        assert storage.list(storage.join(base, "missing", "*")) == []
        assert storage.list(storage.join(base, "missing", "**", "*.txt")) == []

    def test_a_file_stands_for_itself_even_when_hidden(self, storage: Storage, base: str) -> None:
        path = self.write(storage, storage.join(base, "_hidden"), b"12345")
        (info,) = storage.list(path)
        assert (info.path, info.size) == (path, 5)

    def test_a_directory_stands_for_all_files_below_but_hidden_ones(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["b", "a/2", "a/1", "a/c/3", "_x", ".y", "a/_z", "_d/1", "a/.d/1", "a-1"])
        assert self.names(storage, base) == ["a-1", "a/1", "a/2", "a/c/3", "b"]

    def test_a_final_slash_does_not_matter(self, storage: Storage, base: str) -> None:
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
        self.tree(storage, base, ["1.txt", "2.txt", "3.log", "d/4.txt", "d/e/5.txt", "_6.txt", "_h/7.txt", "d/.8.txt"])
        assert self.names(storage, base, pattern) == expected

    def test_a_name_with_glob_characters_is_itself_first(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["a[1].txt", "a1.txt"])
        assert self.names(storage, base, "a[1].txt") == ["a[1].txt"]
        storage.delete([storage.join(base, "a[1].txt")])
        assert self.names(storage, base, "a[1].txt") == ["a1.txt"]

    def test_lists_see_what_was_just_written(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["a"])
        storage.list(base)
        self.tree(storage, base, ["b"])
        assert self.names(storage, base) == ["a", "b"]

    # Reading

    def test_stat_tells_the_size_and_a_version_that_changes(self, storage: Storage, base: str) -> None:
        path = self.write(storage, storage.join(base, "a"), b"1234")
        before = storage.stat(path)
        assert (before.path, before.size) == (path, 4)
        assert storage.list(path) == [before]
        if self.can_replace:
            self.write(storage, path, b"4321")
            assert storage.stat(path).version != before.version

    def test_what_is_missing_is_file_not_found(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["d/a"])
        for path in (storage.join(base, "missing"), storage.join(base, "d")):
            with pytest.raises(FileNotFoundError):
                storage.stat(path)
        with pytest.raises(FileNotFoundError):
            self.read(storage, storage.join(base, "missing"))
        with pytest.raises(FileNotFoundError):
            list(storage.read_ranges([ByteRange(storage.join(base, "missing"), 0, 1)]))

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [(0, None, b"0123456789"), (3, None, b"3456789"), (3, 4, b"3456"), (0, 0, b""), (8, 9, b"89"), (10, 1, b"")],
    )
    def test_a_stream_gives_the_range_asked_for(
        self, storage: Storage, base: str, offset: int, length: int | None, expected: bytes
    ) -> None:
        path = self.write(storage, storage.join(base, "a"), b"0123456789")
        assert self.read(storage, path, offset, length) == expected

    def test_two_streams_of_a_file_have_their_own_places(self, storage: Storage, base: str) -> None:
        path = self.write(storage, storage.join(base, "a"), b"0123456789")
        with storage.open(path) as one, storage.open(path, 5) as two:
            assert [one.read(2), two.read(2), one.read(2), two.read()] == [b"01", b"56", b"23", b"789"]

    def test_many_ranges_come_in_the_order_asked_for(self, storage: Storage, base: str) -> None:
        data = bytes(range(256))
        paths = [self.write(storage, storage.join(base, name), data) for name in "ab"]
        ranges = [ByteRange(paths[i % 2], i, i % 7) for i in range(200)] + [ByteRange(paths[0], 250, 100)]
        expected = [data[r.offset : r.offset + r.length] for r in ranges]
        assert list(storage.read_ranges(ranges)) == expected
        assert list(storage.read_ranges([])) == []

    def test_a_file_of_some_megabytes_survives(self, storage: Storage, base: str) -> None:
        data = os.urandom(2**20) * 9
        with storage.create(storage.join(base, "big")) as stream:
            for start in range(0, len(data), 700_001):
                stream.write(data[start : start + 700_001])
        assert self.read(storage, storage.join(base, "big")) == data
        assert self.read(storage, storage.join(base, "big"), 2**23 + 5, 1000) == data[2**23 + 5 :][:1000]

    # Writing

    def test_an_empty_file_can_be_written(self, storage: Storage, base: str) -> None:
        path = self.write(storage, storage.join(base, "d", "empty"), b"")
        assert storage.stat(path).size == 0
        assert self.read(storage, path) == b""

    def test_a_file_is_not_seen_before_it_is_whole(self, storage: Storage, base: str) -> None:
        path = storage.join(base, "d", "a")
        with storage.create(path) as stream:
            stream.write(b"x" * 100_000)
            assert storage.list(path) == []
            assert storage.list(base) == []
        assert storage.stat(path).size == 100_000

    def test_an_exception_leaves_nothing_behind(self, storage: Storage, base: str) -> None:
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, storage.join(base, "a"))
        self.tree(storage, base, ["other"])
        storage.list(base)
        assert self.names(storage, base) == ["other"]
        with pytest.raises(FileNotFoundError):
            self.read(storage, storage.join(base, "a"))

    def test_an_older_file_stays_until_it_is_replaced_whole(self, storage: Storage, base: str) -> None:
        if not self.can_replace:
            pytest.skip("this store keeps what was written")
        path = self.write(storage, storage.join(base, "a"), b"old")
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, path)
        assert self.read(storage, path) == b"old"
        with storage.create(path) as stream:
            stream.write(b"new")
            assert self.read(storage, path) == b"old"
        assert self.read(storage, path) == b"new"

    def test_exclusive_creation_refuses_a_taken_name(self, storage: Storage, base: str) -> None:
        path = self.write(storage, storage.join(base, "a"), b"first", exclusive=True)
        with pytest.raises(FileExistsError):
            self.write(storage, path, b"second", exclusive=True)
        assert self.read(storage, path) == b"first"

    def test_a_failed_exclusive_creation_leaves_the_name_free(self, storage: Storage, base: str) -> None:
        path = storage.join(base, "a")
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, path, exclusive=True)
        self.write(storage, path, b"free", exclusive=True)
        assert self.read(storage, path) == b"free"

    def test_one_of_many_exclusive_writers_wins(self, storage: Storage, base: str) -> None:
        if not storage.exclusive:
            pytest.skip("this store can't tell writers apart")
        path, barrier, won = storage.join(base, "a"), threading.Barrier(8), []

        def write(number: int) -> None:
            try:
                with storage.create(path, exclusive=True) as stream:
                    stream.write(str(number).encode())
                    barrier.wait(10)
            except FileExistsError:
                return
            won.append(number)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(won) == 1
        assert self.read(storage, path) == str(won[0]).encode()

    # Removing

    def test_deleting_takes_what_is_there_and_minds_nothing_else(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["a", "b", "c[1]", "c1", "d/e"])
        missing = [storage.join(base, name) for name in ("missing", "missing[1]")]
        storage.delete([*missing, *(storage.join(base, name) for name in ("a", "c[1]", "d/e"))])
        assert self.names(storage, base) == ["b", "c1"]
        storage.delete([])

    def test_a_tree_is_deleted_with_hidden_names_and_alone(self, storage: Storage, base: str) -> None:
        self.tree(storage, base, ["d/a", "d/_b/c", "d/.e", "d2/f", "d"[:1] + "-3"])
        storage.delete_tree(storage.join(base, "d"))
        assert storage.list(storage.join(base, "d", "_b", "c")) == []
        assert self.names(storage, base) == ["d-3", "d2/f"]
        storage.delete_tree(storage.join(base, "d"))
        storage.delete_tree(storage.join(base, "missing"))

    # Names

    @pytest.mark.parametrize("name", STRANGE_NAMES)
    def test_strange_names_are_names(self, storage: Storage, base: str, name: str) -> None:
        path = self.write(storage, storage.join(base, name, name), name.encode())
        assert self.read(storage, path) == name.encode()
        assert self.names(storage, base) == [f"{name}/{name}"]
        assert list(storage.read_ranges([ByteRange(path, 0, 3)])) == [name.encode()[:3]]
        storage.delete([path])
        assert self.names(storage, base) == []

    def test_joining_minds_no_final_slash(self, storage: Storage, base: str) -> None:
        assert storage.join(base + "/", "a", "b") == storage.join(base, "a", "b") == f"{base}/a/b"

    def test_a_normalized_path_stays_as_it_is(self, storage: Storage, base: str) -> None:
        path = storage.normalize(storage.join(base, "a"))
        assert storage.normalize(path) == path
