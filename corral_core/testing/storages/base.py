"""What all tests of storages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.storage.api import Storage

__all__ = ["StorageBase"]


class StorageBase:
    """The fixtures and the words of the suite. A plugin's subclass gives ``storage`` and ``base``."""

    can_replace: ClassVar[bool] = True
    """Whether a file that is there can be written anew."""

    @pytest.fixture
    def storage(self) -> Storage:
        """The storage under test."""
        raise NotImplementedError  # pytest can't collect an abstract class: the plugin's subclass answers

    @pytest.fixture
    def base(self) -> str:
        """A directory for this test alone, with its scheme; it need not exist."""
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
