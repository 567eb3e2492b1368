"""What an object store must be able to do, for :mod:`~corral_core.storage.objects.storage` to do the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from corral_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from corral_core.storage.api import FileInfo

__all__ = ["Answer", "Body", "Client", "Page", "changed", "place_of"]


class Body(Protocol):
    """An answer's bytes as they arrive."""

    async def read(self, size: int, /) -> bytes:
        """At most so many; none at the end."""
        ...

    def close(self) -> None:
        """Give up what has not arrived."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A range of an object."""

    span: str
    """The header ``Content-Range``, such as ``bytes 0-4/10``; empty when the store gives the whole object."""
    version: str
    body: Body


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what a listing finds."""

    files: Sequence[FileInfo]
    directories: Sequence[str]
    """Prefixes up to the delimiter and with it, as keys."""


class Client(Protocol):
    """Talks to one store on a loop of its own, from any thread."""

    def start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Let a coroutine run on the loop."""
        ...

    async def get(self, path: str, start: int, stop: int, version: str) -> Answer | None:
        """Bytes ``[start, stop)`` of an object, fewer where it ends; None when it ends at or before ``start``.

        :param version: that it must have; empty for any.
        :raises DataError: when it has another.
        """
        ...

    def errors(self, path: str) -> AbstractContextManager[None]:
        """Raises what the client raises inside as the Storage contract says."""
        ...


def place_of(path: str) -> tuple[str, str]:
    """Bucket and key of a path, its scheme left out of account. No character of a key has a meaning."""
    bucket, _, key = path.partition("://")[2].partition("/")
    return bucket, key


def changed(path: str, found: str = "") -> DataError:
    """For a file that is not the one that was planned with."""
    return DataError(f"{path} changed while the job ran{found}: let nothing write it, and run the job again")
