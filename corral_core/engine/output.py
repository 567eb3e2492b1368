"""A task's output file: records encoded a batch at a time, counted, checksummed, visible only when whole.

Several attempts at one task may write the same output: a backup, or a worker that comes back after it was given up. The
first to finish takes the name; any other finds it taken, looks at the bytes that are there, and has done its work too
when they are its own (docs/explanation/exactly-once.md).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from zlib import crc32

from corral_core.engine.segment import Block, SegmentWriter
from corral_core.errors import OutputTakenError
from corral_core.keys import admit
from corral_core.tasks import Output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.formats.api import OutputFormat
    from corral_core.storage.api import Storage

__all__ = ["OutputWriter", "TypedOutput", "writing"]

BATCH_BYTES = 2**20
"""Encoded bytes in a batch, about."""


class TypedOutput:
    """The form of records between two stages, with :class:`~corral_core.formats.api.OutputFormat`'s shape: blocks of a
    segment, in the order of the records, so that the next stage reads the types that this one wrote.

    :param any_type: the job opted in to pickle.
    """

    def __init__(self, *, any_type: bool) -> None:
        self._writer = SegmentWriter(self, any_type=any_type)
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take bytes from the segment writer."""
        self._parts.append(data)

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        """The file's next bytes.

        :raises CarryError: when the next stage could not read a key or value back.
        """
        for key, _ in records:
            if key.__class__ is not str:
                admit(key)
        self._writer.write(Block([key for key, _ in records], None, [value for _, value in records]))
        return self._taken()

    def close(self) -> bytes:
        """The end block."""
        self._writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


class OutputWriter:
    """Takes records through :attr:`emit` and writes them to a stream in batches."""

    def __init__(self, stream: BinaryIO, encoder: OutputFormat | TypedOutput) -> None:
        self._stream, self._encoder = stream, encoder
        self._held: list[tuple[Any, Any]] = []
        self._limit = 1  # the first batch shows how large records are
        self.records = self.size = self.checksum = 0
        held = self._held

        def emit(key: Any, value: Any) -> None:
            held.append((key, value))
            if len(held) >= self._limit:
                self.flush()

        self.emit = emit

    def flush(self) -> None:
        """Encode and write what is held."""
        if self._held:
            data = self._encoder.encode(self._held)
            self.records += len(self._held)
            wanted = len(self._held) * BATCH_BYTES // max(1, len(data))
            self._limit = max(1, min(wanted, self._limit * 8, 2**16))
            self._held.clear()
            self._write(data)

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self._write(self._encoder.close())

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self.size += len(data)
        self.checksum = crc32(data, self.checksum)

    def output(self, path: str) -> Output:
        """What has been written, for the manifest."""
        return Output(path, self.size, self.records, f"crc32:{self.checksum:08x}")


@contextmanager
def writing(storage: Storage, path: str, encoder: OutputFormat | TypedOutput) -> Iterator[OutputWriter]:
    """A writer whose file appears when the block ends well, unless its very bytes are there already.

    :raises OutputTakenError: when other bytes are there.
    """
    written = None
    try:
        with storage.create(path, exclusive=True) as stream:
            writer = OutputWriter(stream, encoder)
            yield writer
            writer.close()
            written = writer.size, writer.checksum
    except FileExistsError:
        if written is None:  # the user's own, raised in the block
            raise
        if not _holds(storage, path, *written):
            raise OutputTakenError(
                f"output {path} is there already, with other bytes than this task's: another run works here too, or "
                "the job gives something else each time"
            ) from None


def _holds(storage: Storage, path: str, size: int, checksum: int) -> bool:
    found = 0
    if storage.stat(path).size != size:
        return False
    with storage.open(path) as stream:
        while data := stream.read(BATCH_BYTES):
            found = crc32(data, found)
    return found == checksum
