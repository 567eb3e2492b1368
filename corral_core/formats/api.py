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

    from corral_core.errors import RecordError

__all__ = ["KEPT", "Batch", "FormatOptions", "InputFormat", "OutputFormat", "Source"]

KEPT = 64 * 2**10
"""Bytes of a bad record that its error keeps, at most."""


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """The settings that formats read."""

    encoding: str = "utf-8"
    """A codec's name, or ``bytes``: text stays undecoded."""
    max_record_size: int = 64 * 2**20
    """Bytes; a longer record is an error."""
    bad_record: Callable[[RecordError], None] | None = None
    """Takes each record that can't be read, when the reader shall go on behind it."""

    def refuse(self, error: RecordError) -> None:
        """Hand a bad record over, and return to go on with the next one.

        :raises RecordError: this one, when nobody takes bad records.
        """
        if self.bad_record is None:
            raise error
        self.bad_record(error)


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
    raw_at: Callable[[int], bytes] | None = None
    """The bytes, as they stand in the file, of the record that begins at an offset; None where records have none to
    show. Slow; for bad records."""

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

        A record that can't be decoded or is too long goes to ``options.refuse``, after the records before it have been
        given: so a run may go on without it. A reader that raises instead ends the run.

        :raises RecordError: with the offset, for the first bad record, unless somebody takes them.
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
