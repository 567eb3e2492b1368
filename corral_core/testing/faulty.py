"""``faulty://NAME/...``: files in this process's memory, behind a store that fails by a schedule.

::

    with faulty("seven", StorageFaults(seed=7, fails=0.05, cut_reads=0.01)) as location:   # faulty://seven
        Driver(job, executor="inline", working_location=f"{location}/out").run(f"{location}/in.txt")

What goes wrong is drawn from the seed, call by call, so a run that makes the same calls meets the same faults.
"""

from __future__ import annotations

import errno
import io
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Literal

import pytest

from corral_core import plugins as plugin_manager
from corral_core.storage.api import FileInfo, Storage
from corral_core.storage.memory import MemoryStorage
from corral_core.storage.streams import Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import WriteableBuffer

__all__ = ["FaultyStorage", "Operation", "StorageFaults", "Strike", "faulty"]

Operation = Literal["list", "stat", "open", "create", "delete"]
Strike = Literal["before", "after", "cut"]
"""An error instead of the call's effect, an error in spite of it, or half an effect that is told as a whole one."""

_ERRORS = (errno.EIO, errno.ECONNRESET, errno.ETIMEDOUT)
_READS = ("list", "stat", "open")


@dataclass
class StorageFaults:
    """What goes wrong; the shares are of calls, from 0 to 1."""

    seed: int = 0
    fails: float = 0.0
    """Calls that raise and do nothing."""
    fails_late: float = 0.0
    """Calls that raise and have done their work: a read breaks off with an error, a file is there."""
    cut_reads: float = 0.0
    """Files that end early, without an error."""
    cut_writes: float = 0.0
    """Files of which only a part is kept, without an error."""

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311  (a schedule, not a secret)
        self.struck: list[tuple[Operation, str, Strike]] = []
        """What went wrong, in order."""

    def strike(self, operation: Operation, path: str) -> Strike | None:
        """What happens to this call; asked once for each, before it does anything."""
        cuts = {"open": self.cut_reads, "create": self.cut_writes}.get(operation, 0.0)
        late = 0.0 if operation in ("list", "stat") else self.fails_late
        shares: list[tuple[Strike, float]] = [("before", self.fails), ("after", late), ("cut", cuts)]
        drawn = self.dice.random()
        for strike, share in shares:
            if drawn < share:
                self.struck.append((operation, path, strike))
                return strike
            drawn -= share
        return None

    def done(self, operation: Operation, path: str) -> None:
        """A call has had its effect."""

    def part(self, size: int) -> int:
        """How much of so many bytes is read or kept."""
        return self.dice.randrange(size) if size else 0

    def error(self, path: str) -> OSError:
        """What a call raises."""
        number = self.dice.choice(_ERRORS)
        return OSError(number, os.strerror(number), path)


class FaultyStorage(Storage):
    """Hands every call on to ``memory://``, unless the schedule of the path's NAME has other plans."""

    schemes: ClassVar[tuple[str, ...]] = ("faulty",)
    in_process = True
    schedules: ClassVar[dict[str, StorageFaults]] = {}
    """By NAME; of one that has none, nothing fails."""

    def __init__(self, scheme: str = "faulty") -> None:
        super().__init__(scheme)
        self._memory = MemoryStorage()
        self.exclusive = self._memory.exclusive

    def list(self, path: str) -> list[FileInfo]:
        with self._call("list", path):
            return [self._ours(info) for info in self._memory.list(_theirs(path))]

    def stat(self, path: str) -> FileInfo:
        with self._call("stat", path):
            return self._ours(self._memory.stat(_theirs(path)))

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        faults = self._faults(path)
        strike = faults.strike("open", path)
        if strike == "before":
            raise faults.error(path)
        data = self._memory.open(_theirs(path), offset, length).read()
        faults.done("open", path)
        if strike is None:
            return io.BytesIO(data)
        error = faults.error(path) if strike == "after" else None
        return io.BufferedReader(_BreaksOff(data[: faults.part(len(data))], error))

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        held = Held()
        yield held
        data, faults = held.getvalue(), self._faults(path)
        with self._call("create", path) as strike:
            kept = data[: faults.part(len(data))] if strike == "cut" else data
            with self._memory.create(_theirs(path), exclusive=exclusive) as stream:
                stream.write(kept)

    def delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            with self._call("delete", path):
                self._memory.delete([_theirs(path)])

    def delete_tree(self, path: str) -> None:
        with self._call("delete", path):
            self._memory.delete_tree(_theirs(path))

    def normalize(self, path: str) -> str:
        return self.scheme + self._memory.normalize(_theirs(path)).removeprefix("memory")

    @contextmanager
    def _call(self, operation: Operation, path: str) -> Iterator[Strike | None]:
        faults = self._faults(path)
        strike = faults.strike(operation, path)
        if strike == "before":
            raise faults.error(path)
        yield strike
        faults.done(operation, path)
        if strike == "after":
            raise faults.error(path)

    def _faults(self, path: str) -> StorageFaults:
        return self.schedules.get(path.partition("://")[2].partition("/")[0]) or StorageFaults()

    def _ours(self, info: FileInfo) -> FileInfo:
        return replace(info, path=self.scheme + info.path.removeprefix("memory"))


@contextmanager
def faulty(name: str, faults: StorageFaults) -> Iterator[str]:
    """The location ``faulty://NAME``, with a schedule, for the length of the block; all below it goes at the end."""
    found = plugin_manager.load.__wrapped__()
    found.storages.add("faulty", FaultyStorage, "corral-core's tests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugin_manager, "load", lambda: found)
        patch.setitem(FaultyStorage.schedules, name, faults)
        yield f"faulty://{name}"
    MemoryStorage().delete_tree(f"memory://{name}")


class _BreaksOff(io.RawIOBase):
    """Some bytes, then an error or, as if that were all, the end."""

    def __init__(self, data: bytes, error: OSError | None) -> None:
        self._data, self._error = io.BytesIO(data), error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        size = self._data.readinto(buffer)
        if not size and self._error is not None:
            raise self._error
        return size


def _theirs(path: str) -> str:
    return "memory" + path.removeprefix("faulty")
