"""Sorted runs on local disk: where a map task spills, and where a reduce task narrows a merge that is too wide.

A run is one temporary file that holds a segment for each partition. The files have no names: the system frees their
space when the task ends, even when it ends by SIGKILL.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from corral_core.engine.segment import BLOCK_BYTES, Block, SegmentWriter, read_blocks
from corral_core.errors import SegmentError, SpillError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Runs", "SegmentBytes"]

JOINED = BLOCK_BYTES
"""A merge takes blocks in hand together up to so many bytes. A segment begins with small ones, and one of a tiny mapper
has nothing else, of which a merge of thousands would make a round each."""


@dataclass(frozen=True, slots=True)
class SegmentBytes:
    """A segment that can be read: its bytes on demand, its length, and what errors call it."""

    read: Callable[[int, int], bytes]
    length: int
    name: str
    path: str | None = None
    """The file, when it is one that another task wrote."""

    def blocks(self, *, any_type: bool = False) -> Iterator[Block]:
        """Its blocks, checked as they are read.

        :raises SegmentError: with the path, so that whoever wrote it may write it again.
        """
        try:
            yield from read_blocks(self.read, self.length, self.name, any_type=any_type, joined=JOINED)
        except SegmentError as error:
            error.path = self.path
            raise


class Runs:
    """Temporary runs of one task, in the order in which they were written. Each holds a file descriptor.

    :param below: the directory whose disk they take; by default where the system keeps temporary files.
    :param any_type: the job opted in to pickle.
    :param block_values: see :class:`~corral_core.engine.segment.SegmentWriter`.
    """

    def __init__(self, below: str | None = None, *, any_type: bool = False, block_values: int | None = None) -> None:
        self._below = below
        self._any_type, self._block_values = any_type, block_values
        self._files: list[_SpillFile] = []
        self.runs: list[list[SegmentBytes]] = []

    def write(self, partitions: Iterable[Iterable[Block]]) -> list[SegmentBytes]:
        """Write one run and answer its segments, without adding it to :attr:`runs`.

        :raises SpillError: when the space is full or can't be written.
        """
        file = self._new()
        segments, offset = [], 0
        for number, blocks in enumerate(partitions):
            writer = SegmentWriter(file, any_type=self._any_type, block_values=self._block_values)
            for block in blocks:
                writer.write(block)
            writer.close()
            name = f"{number} of a temporary run in {file.below}"
            segments.append(SegmentBytes(partial(file.read, offset), writer.length, name))
            offset += writer.length
        file.flush()
        return segments

    def spool(self, segments: Iterable[tuple[bytes, str, str]]) -> list[SegmentBytes]:
        """Keep whole segments, given as bytes, names and paths, in one file.

        :raises SpillError: when the space is full or can't be written.
        """
        file, offset = self._new(), 0
        kept = []
        for data, name, path in segments:
            file.write(data)
            kept.append(SegmentBytes(partial(file.read, offset), len(data), name, path))
            offset += len(data)
        file.flush()
        return kept

    def _new(self) -> _SpillFile:
        self._files.append(_SpillFile(self._below or tempfile.gettempdir()))
        return self._files[-1]

    def replace(self, run: list[SegmentBytes]) -> None:
        """Let one run, the last that was written, stand for all so far, and free their space."""
        self.runs = [run]
        for file in self._files[:-1]:
            file.close()
        del self._files[:-1]

    def column(self, partition: int) -> Sequence[SegmentBytes]:
        """One partition's segment of every run, in order."""
        return [run[partition] for run in self.runs]

    def close(self) -> None:
        """Free all space. Safe to repeat."""
        for file in self._files:
            file.close()
        self._files, self.runs = [], []


class _SpillFile:
    """A temporary file whose errors say what to do about them.

    :param below: the directory whose disk it takes.
    """

    def __init__(self, below: str) -> None:
        self.below = below
        with self._telling():
            self._file = tempfile.TemporaryFile(dir=below)  # noqa: SIM115  (closed with the runs)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with self._telling():
            self._file.write(data)

    def flush(self) -> None:
        """Make what was written readable."""
        with self._telling():
            self._file.flush()

    def read(self, base: int, offset: int, size: int) -> bytes:
        """Bytes from ``base + offset`` on."""
        return os.pread(self._file.fileno(), size, base + offset)

    def close(self) -> None:
        """Free its space; what could not be written before is not missed any more."""
        with suppress(OSError):
            self._file.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SpillError(
                f"temporary space in {self.below} can't be used: {reason_of(error)}; free some there, or set "
                "spillDirectory to a place that has more"
            ) from error
