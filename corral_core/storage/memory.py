"""``memory://``: files in this process, for tests, notebooks and the inline executor."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from corral_core.storage.remote import FsspecStorage
from corral_core.storage.remote_errors import os_errors
from corral_core.storage.streams import Held

if TYPE_CHECKING:
    from typing import Final

__all__ = ["MemoryStorage"]

_CREATION: Final = threading.Lock()
"""fsspec looks for a name and takes it in two steps."""


class MemoryStorage(FsspecStorage):
    """fsspec's memory file system, made to keep the contract: there a file is seen from when it is opened to be
    written, and all who read it share one position."""

    schemes: ClassVar[tuple[str, ...]] = ("memory",)
    in_process = True

    def __init__(self, scheme: str = "memory") -> None:
        super().__init__(scheme)
        self.exclusive = True

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        fs, name = self._locate(path)
        with os_errors(path):
            return io.BytesIO(fs.cat_file(name, offset, None if length is None else offset + length))

    def normalize(self, path: str) -> str:
        """With two slashes: ``memory:///a`` is ``memory://a``."""
        return "memory://" + path.removeprefix("memory://").strip("/")

    def _writer(self, fs: Any, name: str) -> Any:  # noqa: ARG002  (no store is touched before the end)
        return Held()

    def _commit(self, fs: Any, name: str, stream: Any) -> None:
        fs.pipe_file(name, stream.getvalue())

    def _discard(self, stream: Any) -> None:
        """Nothing was written."""

    def _put_new(self, fs: Any, name: str, data: bytes) -> None:
        with _CREATION:
            super()._put_new(fs, name, data)
