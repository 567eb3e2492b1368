"""A file is there whole, or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from corral_core.testing.storages.base import StorageBase

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["Writing"]


class Writing(StorageBase):
    """Creation, exclusive and not."""

    def test_an_empty_file_can_be_written(self, storage: Storage, base: str) -> None:
        """A file of no bytes is a file."""
        path = self.write(storage, storage.join(base, "d", "empty"), b"")
        assert storage.stat(path).size == 0
        assert self.read(storage, path) == b""

    def test_a_file_is_not_seen_before_it_is_whole(self, storage: Storage, base: str) -> None:
        """A file that is being written is in no listing."""
        path = storage.join(base, "d", "a")
        with storage.create(path) as stream:
            stream.write(b"x" * 100_000)
            assert storage.list(path) == []
            assert storage.list(base) == []
        assert storage.stat(path).size == 100_000

    def test_an_exception_leaves_nothing_behind(self, storage: Storage, base: str) -> None:
        """When the block of ``create`` raises there is no file, and no part of one under another name."""
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, storage.join(base, "a"))
        self.tree(storage, base, ["other"])
        storage.list(base)
        assert self.names(storage, base) == ["other"]
        with pytest.raises(FileNotFoundError):
            self.read(storage, storage.join(base, "a"))

    def test_an_older_file_stays_until_it_is_replaced_whole(self, storage: Storage, base: str) -> None:
        """Whoever reads a file while it is written anew sees the old one."""
        if not self.can_replace:
            pytest.skip("this store keeps what was written (can_replace)")
        path = self.write(storage, storage.join(base, "a"), b"old")
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, path)
        assert self.read(storage, path) == b"old"
        with storage.create(path) as stream:
            stream.write(b"new")
            assert self.read(storage, path) == b"old"
        assert self.read(storage, path) == b"new"

    def test_exclusive_creation_refuses_a_taken_name(self, storage: Storage, base: str) -> None:
        """``create(exclusive=True)`` of a taken name raises FileExistsError and leaves the file as it was."""
        path = self.write(storage, storage.join(base, "a"), b"first", exclusive=True)
        with pytest.raises(FileExistsError):
            self.write(storage, path, b"second", exclusive=True)
        assert self.read(storage, path) == b"first"

    def test_a_failed_exclusive_creation_leaves_the_name_free(self, storage: Storage, base: str) -> None:
        """A file that was given up takes no name."""
        path = storage.join(base, "a")
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, path, exclusive=True)
        self.write(storage, path, b"free", exclusive=True)
        assert self.read(storage, path) == b"free"

    def test_one_of_many_exclusive_writers_wins(self, storage: Storage, base: str) -> None:
        """Of eight writers that want one name at the same time, one has it, and its content is there."""
        if not storage.exclusive:
            pytest.skip("this store can't tell writers apart (exclusive)")
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
