"""What every input format must do."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from corral_core.errors import RecordError
from corral_core.formats.api import FormatOptions, InputFormat
from corral_core.testing.formats.reading import Record, read_records, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["InputFormatSuite"]


class InputFormatSuite:
    """Subclass it and give ``format`` and ``samples``; ``bad_samples`` where a file can be wrong."""

    format: ClassVar[type[InputFormat]]
    samples: ClassVar[tuple[bytes, ...]]
    """Whole files, small: each is read once for every byte."""
    bad_samples: ClassVar[tuple[tuple[bytes, int, int], ...]] = ()
    """A file with a bad record, that record's offset, and how many good records stand before it."""
    options: ClassVar[FormatOptions] = FormatOptions()
    goes_on: ClassVar[bool] = True
    """Whether the reader hands bad records to ``options.refuse`` and reads on, rather than raising."""

    def reader(self) -> InputFormat:
        """A reader as a task makes one."""
        return self.format(self.options)

    def splits(self, data: bytes, cuts: Iterable[int]) -> list[Record]:
        """The records of a file that is cut at some offsets."""
        if not self.format.splittable:
            cuts = ()
        edges = [0, *cuts, len(data)]
        reader = self.reader()
        parts = [source_of(data, start, end) for start, end in pairwise(edges)]
        return [record for part in parts for record in read_records(reader, part)]

    def events(self, data: bytes, cuts: Iterable[int]) -> list[tuple[str, int, Any, Any]]:
        """What a reader that goes on tells of a file: ``good`` or ``bad``, where, and what."""
        if not self.goes_on:
            pytest.skip("this format ends the run at a bad record")
        told: list[tuple[str, int, Any, Any]] = []

        def take(error: RecordError) -> None:
            assert error.offset is not None, "a file's record begins somewhere"
            told.append(("bad", error.offset, error.record, str(error)))

        reader = self.format(replace(self.options, bad_record=take))
        edges = [0, *(cuts if self.format.splittable else ()), len(data)]
        for start, end in pairwise(edges):
            for record in read_records(reader, source_of(data, start, end)):
                told.append(("good", *record))  # noqa: PERF401  (take() appends to the same list between two records)
        return told

    def skip_without_bad_samples(self) -> None:
        """Leave a test out of a format of which no file can be wrong."""
        if not self.bad_samples:
            pytest.skip("no file is known that is wrong (bad_samples)")

    def test_the_format_has_a_name(self) -> None:
        """It has the name that ``inputFormat`` takes."""
        assert self.format.name

    def test_a_file_of_no_bytes_has_no_records(self) -> None:
        """An empty file is no error."""
        assert self.splits(b"", ()) == []

    def test_offsets_rise_through_the_file(self) -> None:
        """Each record says where it begins, within the file and behind the one before it."""
        for data in self.samples:
            offsets = [offset for offset, _, _ in self.splits(data, ())]
            assert offsets == sorted(set(offsets))
            assert all(0 <= offset < len(data) for offset in offsets)

    def test_any_cut_in_two_gives_every_record_once(self) -> None:
        """Two splits of a file have all of its records, none twice, wherever the cut is."""
        for data in self.samples:
            whole = self.splits(data, ())
            for cut in range(1, len(data)):
                assert self.splits(data, (cut,)) == whole, (data, cut)

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_splits_of_any_size_give_every_record_once(self, size: int) -> None:
        """Splits of a few bytes have all records of the file, none twice, though most hold no first byte."""
        for data in self.samples:
            assert self.splits(data, range(size, len(data), size)) == self.splits(data, ()), data

    def test_a_record_belongs_to_the_split_of_its_first_byte(self) -> None:
        """A split of one byte has the record that begins there, whole."""
        if not self.format.splittable:
            pytest.skip("files of this format are never split")
        for data in self.samples:
            for record in self.splits(data, ()):
                part = source_of(data, record[0], record[0] + 1)
                assert list(read_records(self.reader(), part)) == [record], data

    def test_a_bad_record_is_told_with_its_offset_after_the_good_ones(self) -> None:
        """A bad record is a RecordError with the file's name and the offset, behind all records before it."""
        self.skip_without_bad_samples()
        for data, offset, good in self.bad_samples:
            records = read_records(self.reader(), source_of(data))
            assert [at < offset for at, _, _ in (next(records) for _ in range(good))] == [True] * good
            with pytest.raises(RecordError, match="a-file") as caught:
                next(records)
            assert caught.value.offset == offset
            assert data[offset:].startswith(caught.value.preview)

    def test_reading_goes_on_behind_a_bad_record_that_somebody_takes(self) -> None:
        """With ``options.bad_record`` a bad record is handed over, in its turn, and the records behind it are read."""
        self.skip_without_bad_samples()
        for data, offset, good in self.bad_samples:
            told = self.events(data, ())
            taken = next(number for number, (event, *_) in enumerate(told) if event == "bad")
            assert (taken, told[taken][1]) == (good, offset)
            assert [at for _, at, *_ in told] == sorted(at for _, at, *_ in told), "in the order of the file"
            for event, at, record, _ in told:
                assert event == "good" or data[at:].startswith(record)

    def test_any_cut_in_two_gives_every_bad_record_once(self) -> None:
        """Two splits of a file tell the same bad records as the whole."""
        self.skip_without_bad_samples()
        for data, _, _ in self.bad_samples:
            for cut in range(1, len(data)):
                assert self.events(data, (cut,)) == self.events(data, ()), (data, cut)

    def test_a_record_that_can_be_shown_is_shown_as_it_stands_in_the_file(self) -> None:
        """``Batch.raw_at`` gives the bytes of the record, as they are in the file."""
        for data in self.samples:
            for batch in self.reader().read(source_of(data)):
                for offset in map(batch.offset_of, range(len(batch))):
                    if batch.raw_at is not None and offset is not None:
                        assert data[offset:].startswith(batch.raw_at(offset))
