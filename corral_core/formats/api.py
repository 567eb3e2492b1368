"""The contracts of input and output formats.

A reader gives batches, not records: it decodes some hundred kilobytes at once, at the speed of C, and says where a
record began only when somebody asks. A writer takes batches for the same reason.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Batch", "FormatOptions", "InputFormat", "OutputFormat", "Source"]


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """The settings that formats read."""

    encoding: str = "utf-8"
    """A codec's name, or ``bytes``: text stays undecoded."""
    max_record_size: int = 64 * 2**20
    """Bytes; a longer record is an error."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes behind one split. Offsets count from the start of the (decompressed) file."""

    path: str
    start: int
    end: int
    """Records that begin at or after ``end`` belong to the next split."""
    size: int
    """Bytes in the whole file as stored."""
    open: Callable[[int], BinaryIO]
    """A stream from an offset to the end of the file, to be closed by the reader."""


@dataclass(slots=True)
class Batch:
    """Records decoded together."""

    values: Sequence[Any]
    offset_of: Callable[[int], int | None]
    """Where record ``i`` begins, in bytes from the start of the (decompressed) file; None where that means nothing.
    Slow; for errors."""
    keys: Sequence[Any] | None = None
    """None: every key is ``""``."""

    def __len__(self) -> int:
        return len(self.values)

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """The records as (key, value), without a Python-level step for each."""
        return zip(repeat("") if self.keys is None else self.keys, self.values)  # noqa: B905  (repeat has no end)


class InputFormat(ABC):
    """Reads records. One instance reads one task's splits."""

    name: ClassVar[str]
    """What the ``inputFormat`` setting takes."""
    splittable: ClassVar[bool] = True
    """Whether a reader can start in the middle of a file. Compressed files are never split."""

    def __init__(self, options: FormatOptions) -> None:
        self.options = options

    @abstractmethod
    def read(self, source: Source) -> Iterator[Batch]:
        """The records whose first byte lies in ``[source.start, source.end)``, in order. Must not hold the file in
        memory.

        :raises RecordError: with the offset, for a record that can't be decoded or is too long; after the records
            before it have been given.
        """


class OutputFormat(ABC):
    """Writes records. One instance writes one file."""

    name: ClassVar[str]
    """What the ``outputFormat`` setting takes."""
    reads_as: ClassVar[str]
    """The input format that reads these files back."""

    def __init__(self, options: FormatOptions) -> None:
        self.options = options

    @abstractmethod
    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        """The file's next bytes, for records in order.

        :raises OutputRecordError: naming the record that this format can't hold, and the way out.
        """

    def close(self) -> bytes:
        """The file's last bytes, after all records."""
        return b""
