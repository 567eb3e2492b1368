"""Compressed and plain files through ``open_split``."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import lz4.frame  # type: ignore[import-untyped]  # (lz4 ships no types)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import DataError
from corral_core.formats.api import FormatOptions
from corral_core.formats.compression import decompressor
from corral_core.formats.source import open_split
from corral_core.formats.text import TextInput
from corral_core.storage.local import LocalStorage
from corral_core.tasks import Split

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def lz4_checked(data: bytes) -> bytes:
    compressed: bytes = lz4.frame.compress(data, content_checksum=True)
    return compressed


CODECS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
    ".lz4": lz4_checked,
}
each_codec = pytest.mark.parametrize("suffix", CODECS)


def unpacked(suffix: str, data: bytes) -> bytes:
    opened = decompressor(f"a-file{suffix}")
    assert opened is not None
    with opened(io.BytesIO(data)) as stream:
        return stream.read()


def split(path: Path, start: int = 0) -> Split:
    size = path.stat().st_size
    return Split(str(path), start, size, size)


def read(planned: Split) -> bytes:
    with open_split(LocalStorage(), planned).open(0) as stream:
        return stream.read()


def values(path: Path) -> list[Any]:
    batches = TextInput(FormatOptions()).read(open_split(LocalStorage(), split(path)))
    return [value for batch in batches for value in batch.values]


@each_codec
def test_a_compressed_file_reads_as_the_plain_one(tmp_path: Path, suffix: str) -> None:
    data = "".join(f"line {i} é\r\n" for i in range(50_000)).encode()
    (tmp_path / "plain").write_bytes(data)
    (tmp_path / f"packed{suffix}").write_bytes(CODECS[suffix](data))
    assert values(tmp_path / f"packed{suffix}") == values(tmp_path / "plain") == data.decode().split("\r\n")[:-1]


@each_codec
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_all_members_are_read(suffix: str, parts: list[bytes]) -> None:
    assert unpacked(suffix, b"".join(CODECS[suffix](part) for part in parts)) == b"".join(parts)


@each_codec
@given(st.binary(max_size=300), st.data())
def test_any_cut_is_an_error_and_never_a_short_answer(suffix: str, content: bytes, data: st.DataObject) -> None:
    whole = CODECS[suffix](content)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DataError, match=f"a-file{suffix}.*get it anew"):
        unpacked(suffix, whole[:cut])


@each_codec
@given(st.data())
def test_a_cut_in_a_later_member_is_an_error(suffix: str, data: st.DataObject) -> None:
    member = CODECS[suffix](b"some content\n" * 9)
    cut = data.draw(st.integers(1, len(member) - 1))
    with pytest.raises(DataError, match=f"a-file{suffix}"):
        unpacked(suffix, member + member[:cut])


@each_codec
@given(st.data())
def test_a_changed_byte_is_an_error_or_changes_nothing(suffix: str, data: st.DataObject) -> None:
    """Headers have bytes that no content depends on, such as gzip's time; the rest is checksummed."""
    content = b"some content\n" * 9
    whole = bytearray(CODECS[suffix](content) * 2)
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with suppress(DataError):
        assert unpacked(suffix, bytes(whole)) == content * 2


@each_codec
def test_garbage_behind_a_member_is_an_error(suffix: str) -> None:
    with pytest.raises(DataError, match=f"a-file{suffix} is damaged, or not what its name says"):
        unpacked(suffix, CODECS[suffix](b"content") + b"garbage, and enough of it to look at")


@each_codec
def test_a_plain_file_with_a_packed_files_name_is_an_error(suffix: str) -> None:
    with pytest.raises(DataError, match="not what its name says"):
        unpacked(suffix, b"plain text, long enough for a header\n" * 3)


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_zeros_behind_a_member_are_padding(suffix: str) -> None:
    member = CODECS[suffix](b"content")
    assert unpacked(suffix, member + bytes(512) + member + bytes(200_000)) == b"contentcontent"


def test_a_frame_that_zstd_skips_is_skipped() -> None:
    skippable = struct.pack("<II", 0x184D2A50, 5) + b"hello"
    assert unpacked(".zst", skippable + CODECS[".zst"](b"a") + skippable) == b"a"


@each_codec
def test_compressed_nothing_is_nothing_and_no_bytes_are_a_cut(suffix: str) -> None:
    assert unpacked(suffix, CODECS[suffix](b"")) == b""
    with pytest.raises(DataError, match="is empty, which no compressed file is"):
        unpacked(suffix, b"")


def test_the_suffix_tells_in_either_case() -> None:
    assert decompressor("A.GZ") is not None
    assert decompressor("a.gz.txt") is None
    assert decompressor("gz") is None


def test_content_streams_without_being_held() -> None:
    """The ratio is that of a bomb: a gigabyte would not fit the test's limits if it were held."""
    packed = gzip.compress(bytes(2**24)) * 16
    opened = decompressor("zeros.gz")
    assert opened is not None
    with opened(io.BytesIO(packed)) as stream:
        sizes = [len(data) for data in iter(lambda: stream.read(2**20), b"")]
    assert sum(sizes) == 2**28
    assert max(sizes) == 2**20


def test_closing_the_content_closes_the_file() -> None:
    raw = io.BytesIO(gzip.compress(b"x"))
    opened = decompressor("a.gz")
    assert opened is not None
    opened(raw).close()
    assert raw.closed


def test_content_can_be_opened_further_on(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"0123456789"))
    source = open_split(LocalStorage(), split(path))
    for offset, expected in [(0, b"0123456789"), (4, b"456789"), (10, b""), (20, b"")]:
        with source.open(offset) as stream:
            assert stream.read() == expected


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_file_of_another_size_than_planned_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"12345")
    planned = split(path)
    path.write_bytes(b"123456")
    with pytest.raises(DataError, match=f"{name} changed while the job ran: it has 6 bytes, and had 5"):
        read(planned)


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_file_written_anew_with_the_same_size_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"12345")
    (info,) = LocalStorage().list(str(path))
    path.unlink()
    path.write_bytes(b"54321")
    os.utime(path, ns=(0, 0))  # or the system might give it the old one's place, within the tick of its clock
    with pytest.raises(DataError, match=f"{name} was written anew while the job ran"):
        read(Split(info.path, 0, info.size, info.size, info.version))


def test_a_file_that_is_gone_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    planned = split(path)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(planned)


def test_a_compressed_file_is_not_split(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x"))
    with pytest.raises(ValueError, match="can't be read from byte 1"):
        open_split(LocalStorage(), split(path, 1))
