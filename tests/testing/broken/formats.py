"""Formats with one defect each: lines of text, but for the defect. ``fails`` is as in ``executors.py``."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.errors import RecordError
from corral_core.formats.api import Batch
from corral_core.formats.jsonl import JsonLinesInput
from corral_core.formats.kv import KeyValueInput
from corral_core.formats.text import TextOutput
from corral_core.testing.formats import InputFormatSuite, OutputFormatSuite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from corral_core.formats.api import Source

CUT = {"any_cut_in_two_gives_every_record_once", "splits_of_any_size_give_every_record_once"}
ALONE = {"a_record_belongs_to_the_split_of_its_first_byte"}
BAD = {
    "a_bad_record_is_told_with_its_offset_after_the_good_ones",
    "reading_goes_on_behind_a_bad_record_that_somebody_takes",
}


class Reads(JsonLinesInput):
    """Sound, until a method is overridden."""

    fails: ClassVar[set[str]] = set()


class SoundInput(Reads):
    """Fails in nothing."""


class LosesARecordAtABorder(Reads):
    fails: ClassVar = CUT | ALONE | {"any_cut_in_two_gives_every_bad_record_once"}

    def read(self, source: Source) -> Iterator[Batch]:
        end = source.end if source.end == source.size else source.end - 1
        return super().read(replace(source, end=end))


class ReadsARecordTwice(Reads):
    fails: ClassVar = CUT | ALONE | {"any_cut_in_two_gives_every_bad_record_once"}

    def read(self, source: Source) -> Iterator[Batch]:
        return super().read(replace(source, end=source.size))


class CutsARecordAtABorder(Reads):
    fails: ClassVar = CUT | ALONE | {"any_cut_in_two_gives_every_bad_record_once"}

    def read(self, source: Source) -> Iterator[Batch]:
        with source.open(0) as stream:
            data = stream.read()[: source.end]
        yield from super().read(replace(source, size=len(data), open=lambda at: io.BytesIO(data[at:])))


class CountsOffsetsFromTheSplit(Reads):
    fails: ClassVar = CUT | ALONE

    def read(self, source: Source) -> Iterator[Batch]:
        for batch in super().read(source):
            batch.offset_of = partial(_behind, batch.offset_of, source.start)
            batch.raw_at = None
            yield batch


def _behind(offset_of: Callable[[int], int | None], start: int, index: int) -> int:
    return (offset_of(index) or 0) - start


class SwallowsBadRecords(Reads):
    fails: ClassVar = BAD

    def batches(self, lines: list[Any], offset_of: Any, path: str) -> Iterator[Batch]:
        self.options = replace(self.options, bad_record=lambda error: None)
        return super().batches(lines, offset_of, path)


class NamesNoFile(Reads):
    fails: ClassVar = {"a_bad_record_is_told_with_its_offset_after_the_good_ones"}

    def read(self, source: Source) -> Iterator[Batch]:
        try:
            yield from super().read(source)
        except RecordError as error:
            raise RecordError("bad", error.offset, error.record) from error


class GivesEmptyBatches(Reads):
    fails: ClassVar = (
        CUT
        | ALONE
        | BAD
        | {
            "a_file_of_no_bytes_has_no_records",
            "offsets_rise_through_the_file",
            "any_cut_in_two_gives_every_bad_record_once",
        }
    )

    def read(self, source: Source) -> Iterator[Batch]:
        yield Batch([], lambda index: index)
        yield from super().read(source)


class Writes(TextOutput):
    """Sound, until a method is overridden."""

    fails: ClassVar[set[str]] = set()


class SoundOutput(Writes):
    """Fails in nothing."""


class EndsNoBatch(Writes):
    fails: ClassVar = {"batches_leave_no_trace", "files_of_one_format_share_nothing"}

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        return super().encode(records).removesuffix(b"\n")


class LosesEmptyValues(Writes):
    fails: ClassVar = {"what_is_written_is_read_back"}

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        return super().encode([record for record in records if record[1]])


class SortsEachBatch(Writes):
    fails: ClassVar = {"what_is_written_is_read_back", "batches_leave_no_trace", "files_of_one_format_share_nothing"}

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        return super().encode(sorted(records))


class SharesABuffer(Writes):
    fails: ClassVar = {"files_of_one_format_share_nothing"}
    held: ClassVar[list[bytes]] = []

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        self.held.append(super().encode(records))
        return b""

    def close(self) -> bytes:
        data = b"".join(self.held)
        self.held.clear()
        return data


class EscapesWhatItCanNotHold(Writes):
    fails: ClassVar = {"a_record_that_it_can_not_hold_is_refused"}

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        return super().encode([(str(key).replace("\t", " "), str(value).replace("\n", " ")) for key, value in records])


def _input_suite(broken: type[Reads]) -> type[InputFormatSuite]:
    given = {
        "format": broken,
        "samples": (b"", b'["a",1]\n\n[1,2]\r\n{"b": 1}\n"x"', b'["a",1]\n["b",2]\n'),
        "bad_samples": ((b'["a",1]\n["b",\n2]\n', 8, 1),),
    }
    return type(f"Test{broken.__name__}", (InputFormatSuite,), given)


def _output_suite(broken: type[Writes]) -> type[OutputFormatSuite]:
    given = {"format": broken, "reader": KeyValueInput, "refused": (("a\tb", "c"), ("a", "b\nc"))}
    return type(f"Test{broken.__name__}", (OutputFormatSuite,), given)


BROKEN: list[Any] = [*Reads.__subclasses__(), *Writes.__subclasses__()]
globals().update({f"Test{broken.__name__}": _input_suite(broken) for broken in Reads.__subclasses__()})
globals().update({f"Test{broken.__name__}": _output_suite(broken) for broken in Writes.__subclasses__()})
