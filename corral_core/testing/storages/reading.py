"""What is read is what was written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import DataError
from corral_core.storage.api import ByteRange
from corral_core.testing.storages.base import StorageBase

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["Reading"]


class Reading(StorageBase):
    """Streams and ranges."""

    def test_stat_tells_the_size_and_a_version_that_changes(self, storage: Storage, base: str) -> None:
        """``stat`` tells what a listing tells: the size in bytes, and a version that changes with the content."""
        path = self.write(storage, storage.join(base, "a"), b"1234")
        before = storage.stat(path)
        assert (before.path, before.size) == (path, 4)
        assert storage.list(path) == [before]
        if self.can_replace:
            self.write(storage, path, b"4321")
            assert storage.stat(path).version != before.version

    def test_what_is_missing_is_file_not_found(self, storage: Storage, base: str) -> None:
        """Whoever stats or reads what is not there, or a directory, gets FileNotFoundError."""
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
        """``open`` gives the bytes from an offset on, as many as asked for, and fewer only at the file's end."""
        path = self.write(storage, storage.join(base, "a"), b"0123456789")
        assert self.read(storage, path, offset, length) == expected

    def test_two_streams_of_a_file_have_their_own_places(self, storage: Storage, base: str) -> None:
        """Streams of one file don't move one another."""
        path = self.write(storage, storage.join(base, "a"), b"0123456789")
        with storage.open(path) as one, storage.open(path, 5) as two:
            assert [one.read(2), two.read(2), one.read(2), two.read()] == [b"01", b"56", b"23", b"789"]

    def test_many_ranges_come_in_the_order_asked_for(self, storage: Storage, base: str) -> None:
        """``read_ranges`` gives each range whole, in order; fewer bytes only beyond the file's end."""
        data = bytes(range(256))
        paths = [self.write(storage, storage.join(base, name), data) for name in "ab"]
        ranges = [ByteRange(paths[i % 2], i, i % 7) for i in range(200)] + [ByteRange(paths[0], 250, 100)]
        expected = [data[r.offset : r.offset + r.length] for r in ranges]
        assert list(storage.read_ranges(ranges)) == expected
        assert list(storage.read_ranges([])) == []

    def test_a_file_of_some_megabytes_survives(self, storage: Storage, base: str) -> None:
        """A file that is written in many pieces is read back as it was."""
        data = os.urandom(2**20) * 9
        with storage.create(storage.join(base, "big")) as stream:
            for start in range(0, len(data), 700_001):
                stream.write(data[start : start + 700_001])
        assert self.read(storage, storage.join(base, "big")) == data
        assert self.read(storage, storage.join(base, "big"), 2**23 + 5, 1000) == data[2**23 + 5 :][:1000]

    def test_a_split_is_read_from_its_offset_to_the_files_end(self, storage: Storage, base: str) -> None:
        """``stream`` of a listed file gives its bytes from an offset on, beyond those that were surely wanted."""
        data = os.urandom(300_000)
        path = self.write(storage, storage.join(base, "a"), data)
        (file,) = storage.list(path)
        with storage.stream(file, 100_000, 1000) as stream:
            assert stream.read() == data[100_000:]

    def test_a_file_that_changed_since_it_was_listed_is_a_data_error(self, storage: Storage, base: str) -> None:
        """``stream`` of a file that has another size by now raises DataError, at the latest when it is read."""
        if not self.can_replace:
            pytest.skip("this store keeps what was written (can_replace)")
        path = self.write(storage, storage.join(base, "a"), b"x" * 100_000)
        (file,) = storage.list(path)
        self.write(storage, path, b"y" * 200_000)
        with pytest.raises(DataError), storage.stream(file, 0, file.size) as stream:
            stream.read()
