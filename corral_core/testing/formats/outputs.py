"""What every output format must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from corral_core.errors import OutputRecordError
from corral_core.formats.api import FormatOptions, InputFormat, OutputFormat
from corral_core.testing.formats.reading import read_records, source_of
from corral_core.testing.records import PAIRS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OutputFormatSuite"]


class OutputFormatSuite:
    """Subclass it and give ``format`` and ``reader``; ``records`` where the format carries more or less than text, and
    ``refused`` where there is something that it can't hold."""

    format: ClassVar[type[OutputFormat]]
    reader: ClassVar[type[InputFormat]]
    """The input format that ``format.reads_as`` names."""
    records: ClassVar[tuple[tuple[Any, Any], ...]] = PAIRS
    refused: ClassVar[tuple[tuple[Any, Any], ...]] = ()
    """Records that the format can't hold."""
    options: ClassVar[FormatOptions] = FormatOptions()

    def written(self, *batches: Sequence[tuple[Any, Any]]) -> bytes:
        """A whole file."""
        writer = self.format(self.options)
        return b"".join([*map(writer.encode, batches), writer.close()])

    def test_it_says_what_it_is(self) -> None:
        """It has the name that ``outputFormat`` takes, and ``reads_as`` names the format that reads its files."""
        assert self.format.name
        assert self.format.reads_as == self.reader.name

    def test_what_is_written_is_read_back(self) -> None:
        """The format that ``reads_as`` names gives the records that were written, in order."""
        found = read_records(self.reader(self.options), source_of(self.written(self.records)))
        assert [(key, value) for _, key, value in found] == list(self.records)

    def test_a_file_of_no_records_is_read_as_one(self) -> None:
        """A reducer that emits nothing leaves a file that can be read."""
        assert list(read_records(self.reader(self.options), source_of(self.written()))) == []

    def test_batches_leave_no_trace(self) -> None:
        """The same records are the same bytes, in whichever batches they come."""
        whole = self.written(self.records)
        for cut in range(len(self.records) + 1):
            assert self.written(self.records[:cut], self.records[cut:]) == whole, cut
        assert self.written(*([record] for record in self.records)) == whole

    def test_files_of_one_format_share_nothing(self) -> None:
        """Two files that are written by turns are what each would be alone."""
        one, other = self.format(self.options), self.format(self.options)
        parts = [(one.encode([record]), other.encode([record])) for record in self.records]
        assert b"".join(part for part, _ in parts) + one.close() == self.written(self.records)
        assert b"".join(part for _, part in parts) + other.close() == self.written(self.records)

    def test_a_record_that_it_can_not_hold_is_refused(self) -> None:
        """Such a record is an OutputRecordError, alone and among others."""
        if not self.refused:
            pytest.skip("no record is known that this format refuses (refused)")
        for record in self.refused:
            for batch in ([record], [*self.records, record]):
                with pytest.raises(OutputRecordError):
                    self.format(self.options).encode(batch)
