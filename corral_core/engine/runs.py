"""Sorted runs on local disk: where a map task spills, and where a reduce task narrows a merge that is too wide.

A run is one temporary file that holds a segment for each partition. The directory comes into being with the first run
and goes with :meth:`Runs.close`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.engine.segment import Block, SegmentWriter, read_blocks
from corral_core.errors import SpillError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Runs", "SegmentBytes"]


@dataclass(frozen=True, slots=True)
class SegmentBytes:
    """A segment that can be read: its bytes on demand, its length, and what errors call it."""

    read: Callable[[int, int], bytes]
    length: int
    name: str

    def blocks(self, *, any_type: bool = False) -> Iterator[Block]:
        """Its blocks, checked as they are read."""
        return read_blocks(self.read, self.length, self.name, any_type=any_type)


class Runs:
    """Temporary runs of one task, in the order in which they were written.

    :param below: where the directory is made; by default where the system keeps temporary files.
    :param any_type: the job opted in to pickle.
    :param block_values: see :class:`~corral_core.engine.segment.SegmentWriter`.
    """

    def __init__(self, below: str | None = None, *, any_type: bool = False, block_values: int | None = None) -> None:
        self._below = below
        self._any_type, self._block_values = any_type, block_values
        self._directory: Path | None = None
        self._written = 0
        self.runs: list[list[SegmentBytes]] = []

    def write(self, partitions: Iterable[Iterable[Block]]) -> list[SegmentBytes]:
        """Write one run and answer its segments, without adding it to :attr:`runs`.

        :raises SpillError: when the space is full or can't be written.
        """
        path = self._new()
        segments, offset = [], 0
        with _SpillFile(path) as stream:
            for number, blocks in enumerate(partitions):
                writer = SegmentWriter(stream, any_type=self._any_type, block_values=self._block_values)
                for block in blocks:
                    writer.write(block)
                writer.close()
                read = partial(_read, path, offset)
                segments.append(SegmentBytes(read, writer.length, f"{path} (partition {number})"))
                offset += writer.length
        return segments

    def spool(self, segments: Iterable[tuple[bytes, str]]) -> list[SegmentBytes]:
        """Keep whole segments, given as bytes and names, in one file.

        :raises SpillError: when the space is full or can't be written.
        """
        path, offset = self._new(), 0
        kept = []
        with _SpillFile(path) as stream:
            for data, name in segments:
                stream.write(data)
                kept.append(SegmentBytes(partial(_read, path, offset), len(data), name))
                offset += len(data)
        return kept

    def _new(self) -> Path:
        if self._directory is None:
            below = self._below or tempfile.gettempdir()
            with _telling(below):
                self._directory = Path(tempfile.mkdtemp(prefix="corral-spill-", dir=below))
        self._written += 1
        return self._directory / f"run-{self._written}"

    def replace(self, run: list[SegmentBytes]) -> None:
        """Let one run stand for all so far, and remove their files."""
        keep = self._directory and self._directory / f"run-{self._written}"
        self.runs = [run]
        for path in self._directory.iterdir() if self._directory else ():
            if path != keep:
                path.unlink()

    def column(self, partition: int) -> Sequence[SegmentBytes]:
        """One partition's segment of every run, in order."""
        return [run[partition] for run in self.runs]

    def close(self) -> None:
        """Remove all files. Safe to repeat."""
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
        self.runs = []


class _SpillFile(AbstractContextManager["_SpillFile"]):
    """A file of runs, whose errors say what to do about them."""

    def __init__(self, path: Path) -> None:
        self._below = str(path.parent.parent)
        with _telling(self._below):
            self._stream = path.open("wb")

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with _telling(self._below):
            self._stream.write(data)

    def __exit__(self, *raised: object) -> None:
        with _telling(self._below):
            self._stream.close()


@contextmanager
def _telling(directory: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpillError(
            f"temporary space in {directory} can't be used: {reason_of(error)}; free some there, or set "
            "spillDirectory to a place that has more"
        ) from error


def _read(path: Path, base: int, offset: int, size: int) -> bytes:
    # Opened anew for each block: a task with a thousand runs and segments holds no thousand descriptors.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.pread(descriptor, size, base + offset)
    finally:
        os.close(descriptor)
