"""Writing an object: held until it is whole, or until a part is full and goes ahead; seen from its end on."""

from __future__ import annotations

import errno
import io
import os
import secrets
from abc import abstractmethod
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from _typeshed import ReadableBuffer

    Refusal = Literal["", "taken", "gone"]

__all__ = ["MARK", "ObjectWriter"]

MARK = "corral-write"
"""The name of the metadata that tells an object of this writer from another's: an answer may get lost, and the request
made again then meets what it wrote itself."""


class ObjectWriter(io.RawIOBase):
    """An object that is being written; :meth:`commit` or :meth:`abort` ends it.

    :param exclusive: the name must be free when it is committed.
    """

    def __init__(self, path: str, *, exclusive: bool) -> None:
        self._path, self._exclusive = path, exclusive
        self._mark = secrets.token_hex(8)
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        view = memoryview(data).cast("B")
        size = len(view)
        while len(view):
            room = self._part_size() - len(self._held)
            if not room:
                self._send_part()
                continue
            self._held += view[:room]
            view = view[room:]
        return size

    def commit(self) -> None:
        """Make the object seen.

        :raises FileExistsError: when it is exclusive and the name is taken.
        """
        try:
            with self._errors():
                self._finish()
        except OSError as error:
            refusal = self._refusal(error)
            if refusal and self._is_ours():
                return
            self.abort()
            if refusal == "taken" and self._exclusive:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self._path) from error
            raise
        except BaseException:
            self.abort()
            raise

    @abstractmethod
    def abort(self) -> None:
        """Leave nothing behind."""

    @abstractmethod
    def _part_size(self) -> int:
        """Bytes in the part that fills now."""

    @abstractmethod
    def _send_part(self) -> None:
        """Start the part that is full."""

    @abstractmethod
    def _finish(self) -> None:
        """Send what is held, and make the object seen."""

    @abstractmethod
    def _errors(self) -> AbstractContextManager[None]:
        """Raises what the client raises inside as the Storage contract says."""

    @abstractmethod
    def _refusal(self, error: OSError) -> Refusal:
        """Whether the store says that the name is taken, or that the upload is gone: either may be this writer's own
        doing, by a request whose answer was lost."""

    @abstractmethod
    def _is_ours(self) -> bool:
        """Whether what stands there has this writer's mark."""
