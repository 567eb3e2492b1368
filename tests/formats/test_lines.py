r"""Lines against one-line references, for any bytes, cuts and sizes."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import DataError, RecordError, SettingsError
from corral_core.formats.api import KEPT, FormatOptions, Source
from corral_core.formats.blocks import line_blocks
from corral_core.formats.encodings import BOM, codec_of
from corral_core.formats.text import TextInput
from corral_core.testing.formats import InputFormatSuite, read_records, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = st.lists(
    st.sampled_from([b"", b"a", b"\r", b"\n", b"\r\n", b"\n\n", b"abc", "é\u2028日".encode(), b"\x0b\x0c\x85"])
)
FILES = LINES.map(b"".join) | st.binary(max_size=60)


UNFIT = ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7", "iso2022_jp", "iso2022_kr"]


def reference(data: bytes) -> list[tuple[int, str, bytes]]:
    """Offset, key and value of each line."""
    lines = data.split(b"\n")
    offsets = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    ended = [line.removesuffix(b"\r") for line in lines[:-1]] + lines[-1:]
    return [(offset, "", line) for offset, line in zip(offsets, ended, strict=True) if offset < len(data)]


def read_all(reader: TextInput, data: bytes, cuts: list[int]) -> list[tuple[int, Any, Any]]:
    edges = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    parts = [source_of(data, start, end) for start, end in pairwise(edges)]
    return [record for part in parts for record in read_records(reader, part)]


def reading(encoding: str = "utf-8", limit: int = 2**20, chunk: int = 2**17) -> TextInput:
    class Chunked(TextInput):
        pass

    Chunked.chunk = chunk
    return Chunked(FormatOptions(encoding, limit))


class TestTextInput(InputFormatSuite):
    format = TextInput
    samples = (
        b"",
        b"\n",
        b"x",
        b"\r",
        b"a\nbb\r\n\n\r\nlast",
        "é日\n\u2028x\x0b\x0c\x85\n".encode(),
        b"long" * 9 + b"\nx\n",
    )
    bad_samples = (
        (b"\xff", 0, 0),
        (b"good\nb\xffd\nmore\n", 5, 1),
        (b"a\nb\nc\xe6\x97", 4, 2),
        (b"a\r\nbb\xc3\ncc\n", 3, 1),
    )
    options: ClassVar[FormatOptions] = FormatOptions()


@given(FILES, st.lists(st.integers(0, 80)), st.integers(1, 9))
def test_any_splits_and_chunks_give_the_lines_and_their_offsets(data: bytes, cuts: list[int], chunk: int) -> None:
    assert read_all(reading("bytes", chunk=chunk), data, cuts) == reference(data)


@given(st.text(st.sampled_from("a\r\né日\u2028\x85😀")), st.lists(st.integers(0, 80)), st.integers(1, 9))
def test_text_is_the_lines_decoded(text: str, cuts: list[int], chunk: int) -> None:
    expected = [(offset, key, line.decode()) for offset, key, line in reference(text.encode())]
    assert read_all(reading(chunk=chunk), text.encode(), cuts) == expected


@given(st.binary(max_size=40), st.lists(st.integers(0, 40)), st.integers(1, 9))
def test_every_byte_is_a_character_of_latin_1(data: bytes, cuts: list[int], chunk: int) -> None:
    expected = [(offset, key, line.decode("latin-1")) for offset, key, line in reference(data)]
    assert read_all(reading("latin-1", chunk=chunk), data, cuts) == expected


def outcome(read: Callable[[], Any]) -> tuple[list[Any], int | None]:
    """What was read, and the offset of the record at which it ended."""
    records: list[Any] = []
    try:
        for record in read():
            records.append(record)  # noqa: PERF402  (extend would lose those before the error)
    except RecordError as error:
        return records, error.offset
    return records, None


@given(FILES, st.integers(1, 9))
def test_what_is_not_utf_8_ends_the_reading_at_its_line(data: bytes, chunk: int) -> None:
    good: list[Any] = []
    bad = None
    for offset, key, line in reference(data):
        try:
            good.append((offset, key, line.decode()))
        except UnicodeDecodeError:
            bad = offset
            break
    assert outcome(lambda: read_records(reading(chunk=chunk), source_of(data))) == (good, bad)


@given(LINES.map(b"".join), st.integers(0, 6), st.integers(1, 9))
def test_a_line_over_the_limit_ends_the_reading_whatever_the_chunk(data: bytes, limit: int, chunk: int) -> None:
    long = [offset for offset, line in _raw_lines(data) if len(line) > limit]
    first = long[0] if long else None
    good = [record for record in reference(data) if first is None or record[0] < first]
    assert outcome(lambda: read_records(reading("bytes", limit, chunk), source_of(data))) == (good, first)


def handed_over(reader: TextInput, data: bytes, cuts: list[int]) -> list[tuple[str, int, Any]]:
    """What a reader that goes on gives and hands over, in order."""
    told: list[tuple[str, int, Any]] = []

    def take(error: RecordError) -> None:
        assert error.offset is not None
        assert error.size == len(error.record)
        told.append(("bad", error.offset, error.record))

    reader.options = replace(reader.options, bad_record=take)
    edges = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    for start, end in pairwise(edges):
        for offset, _, value in read_records(reader, source_of(data, start, end)):
            told.append(("good", offset, value))
    return told


def sorted_out(data: bytes, limit: int) -> list[tuple[str, int, Any]]:
    """What must be told of a file of utf-8, line by line."""
    told: list[tuple[str, int, Any]] = []
    for (offset, _, line), (_, raw) in zip(reference(data), _raw_lines(data), strict=False):
        try:
            told.append(("bad", offset, raw) if len(raw) > limit else ("good", offset, line.decode()))
        except UnicodeDecodeError:
            told.append(("bad", offset, line))
    return told


@given(FILES, st.lists(st.integers(0, 80)), st.integers(1, 9), st.integers(0, 9))
def test_bad_lines_are_handed_over_in_their_order_whatever_the_splits_and_chunks(
    data: bytes, cuts: list[int], chunk: int, limit: int
) -> None:
    assert handed_over(reading("utf-8", limit, chunk), data, cuts) == sorted_out(data, limit)


def test_of_an_endless_line_that_is_passed_over_only_its_beginning_is_held() -> None:
    source, stream = watched(b"a\n" + b"x" * 10**6 + b"\nb\n", 0, 10**6 + 5)
    taken: list[RecordError] = []
    options = FormatOptions(max_record_size=5000, bad_record=taken.append)
    assert list(line_blocks(source, options, 1000)) == [(0, b"a\n"), (10**6 + 3, b"b\n")]
    (error,) = taken
    assert (error.offset, error.size, error.record) == (2, 10**6, b"x" * KEPT)
    assert stream.largest <= 1000


def test_a_line_that_is_passed_over_is_read_to_its_end_behind_the_split_and_no_further() -> None:
    source, stream = watched(b"x" * 50_000 + b"\n" + b"12345678\n" * 100_000, 0, 1000)
    taken: list[RecordError] = []
    options = FormatOptions(max_record_size=10, bad_record=taken.append)
    assert list(line_blocks(source, options, 1000)) == []
    assert [error.size for error in taken] == [50_000]
    assert stream.furthest < 50_000 + 20_000


def _raw_lines(data: bytes) -> list[tuple[int, bytes]]:
    offset = 0
    lines = []
    for line in data.split(b"\n"):
        lines.append((offset, line))
        offset += len(line) + 1
    return lines


def limited(limit: int) -> FormatOptions:
    return FormatOptions(max_record_size=limit)


class Watched(io.BytesIO):
    """Knows how far it was read, and whether it was closed."""

    furthest = largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        self.largest = max(self.largest, len(data))
        return data


def watched(data: bytes, start: int, end: int) -> tuple[Source, Watched]:
    stream = Watched(data)

    def opened(offset: int) -> Watched:
        stream.seek(offset)
        return stream

    return Source("a-file", start, end, len(data), opened), stream


def test_a_split_inside_a_line_reads_no_further_than_its_end() -> None:
    source, stream = watched(b"x" * 100_000, 1000, 2000)
    assert list(line_blocks(source, limited(10**6), 300)) == []
    assert stream.furthest < 2000
    assert stream.closed


def test_an_endless_line_is_refused_before_much_more_is_read() -> None:
    source, stream = watched(b"a\n" + b"x" * 10**6, 0, 10**6)
    blocks = line_blocks(source, limited(5000), 1000)
    assert next(blocks) == (0, b"a\n")
    with pytest.raises(RecordError, match="byte 2 of a-file is longer than 5,000 bytes: raise maxRecordSize") as caught:
        next(blocks)
    assert caught.value.offset == 2
    assert stream.furthest <= 7000
    assert stream.closed


def test_a_split_reads_little_behind_its_end() -> None:
    source, stream = watched(b"12345678\n" * 100_000, 0, 9000)
    assert sum(len(block) for _, block in line_blocks(source, limited(10**6), 4096)) == 9000
    assert stream.furthest == 9000
    source, stream = watched(b"12345678\n" * 100_000, 0, 9001)
    assert sum(len(block) for _, block in line_blocks(source, limited(10**6), 4096)) == 9009
    assert stream.furthest < 9000 + 20_000


@pytest.mark.parametrize("start", [0, 10])
def test_a_file_that_ends_before_its_split_is_an_error(start: int) -> None:
    source = Source("a-file", start, 100, 100, lambda offset: io.BytesIO(b"short\nfile"[offset:]))
    with pytest.raises(DataError, match=r"a-file ends at byte \d+ and not at 100: it changed"):
        list(line_blocks(source, limited(1000), 1000))


def test_the_error_says_what_is_wrong_and_the_way_out() -> None:
    with pytest.raises(
        RecordError, match=r"byte 2 of a-file is not utf-8 \(invalid start byte: b'\\xff'\).*encoding"
    ) as e:
        list(reading().read(source_of(b"a\nb\xff\nc")))
    assert e.value.preview == b"b\xff"


@pytest.mark.parametrize("data", [BOM + b"a\nb", BOM + b"a\n" + BOM + b"b", BOM, BOM + b"\n", b"a", b"\xef\xbb"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_utf_8_sig_drops_a_byte_order_mark_at_the_start_only(data: bytes, size: int) -> None:
    got = outcome(lambda: read_all(reading("utf-8-sig"), data, list(range(0, len(data), size))))
    if data == b"\xef\xbb":
        assert got == ([], 0)
        return
    text = data.removeprefix(BOM)
    shift = len(data) - len(text)
    assert got[0] == [(at + shift if at else 0, key, line.decode()) for at, key, line in reference(text)]


def test_bytes_stay_undecoded() -> None:
    assert [value for _, _, value in read_records(reading("bytes"), source_of(b"\xff\r\nb\xfe"))] == [b"\xff", b"b\xfe"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "latin-1", "cp1252", "cp932", "euc_jp", "gb18030", "big5", "ascii"]
)
def test_encodings_that_keep_ascii_are_taken(encoding: str) -> None:
    codec = codec_of(encoding)
    assert codec is not None
    assert b"plain\n".decode(codec) == "plain\n"


@pytest.mark.parametrize(
    "encoding",
    [*UNFIT, "hz", "punycode", "unicode_escape", "raw_unicode_escape"],
)
def test_encodings_in_which_lines_cannot_be_found_are_refused(encoding: str) -> None:
    with pytest.raises(SettingsError, match=f"'{encoding}'.*convert the data to utf-8"):
        TextInput(FormatOptions(encoding=encoding))


@pytest.mark.parametrize("encoding", ["nonsense", "rot13", "base64", "a\0b", ""])
def test_what_is_no_text_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(SettingsError, match="encoding"):
        codec_of(encoding)
