from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import OutputRecordError, SettingsError
from corral_core.formats.api import FormatOptions
from corral_core.formats.kv import KeyValueInput
from corral_core.formats.text import TextOutput
from corral_core.testing.formats import InputFormatSuite, read_records, source_of


class TestKeyValueInput(InputFormatSuite):
    format = KeyValueInput
    samples = (b"", b"\n", b"a\t1\nb\t2\r\n\n\tv\nk\nk\tv\tw\nlast\t", "é\t日\n".encode())
    bad_samples = ((b"a\t1\nb\t\xff\n", 4, 1),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a\tb", ("a", "b")),
        (b"a\tb\tc", ("a", "b\tc")),
        (b"a", ("a", "")),
        (b"\tb", ("", "b")),
        (b"a\t", ("a", "")),
        (b"\n", ("", "")),
    ],
)
def test_a_line_is_split_at_its_first_tab(line: bytes, expected: tuple[str, str]) -> None:
    assert [r[1:] for r in read_records(KeyValueInput(FormatOptions()), source_of(line))] == [expected]
    as_bytes = [r[1:] for r in read_records(KeyValueInput(FormatOptions(encoding="bytes")), source_of(line))]
    assert as_bytes == [tuple(part.encode() for part in expected)]


def encode(*records: tuple[Any, Any], encoding: str = "utf-8") -> bytes:
    writer = TextOutput(FormatOptions(encoding=encoding))
    return writer.encode(records) + writer.close()


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("a", 1, "a\t1"),
        ("a", "b\tc", "a\tb\tc"),
        ("", "b", "\tb"),
        ("a", 1.5, "a\t1.5"),
        ("a", True, "a\tTrue"),
        (None, "b", "b"),
        ("a", None, "a"),
        (None, None, ""),
        (7, -1, "7\t-1"),
        (1.0, 10**30, "1.0\t1000000000000000000000000000000"),
        (("x", 1), [1, None, "é"], '["x",1]\t[1,null,"é"]'),
        ("a", {"b": (1, {}), 2: "c\n"}, 'a\t{"b":[1,{}],"2":"c\\n"}'),
        ("a\rb", "c\rd", "a\rb\tc\rd"),
        ("a", float("inf"), "a\tinf"),
    ],
)
def test_a_record_is_a_line(key: Any, value: Any, line: str) -> None:
    assert encode((key, value)) == f"{line}\n".encode()
    assert encode(("x", 1), (key, value), ("y", "z")) == f"x\t1\n{line}\ny\tz\n".encode()


def test_bytes_are_written_as_they_are() -> None:
    assert encode((b"\xff", b"\xfe\t"), ("é", b"\x00")) == b"\xff\t\xfe\t\n" + "é".encode() + b"\t\x00\n"


def test_no_records_are_no_bytes() -> None:
    assert encode() == b""


def test_the_encoding_is_that_of_the_settings() -> None:
    assert encode(("é", "ü"), encoding="latin-1") == b"\xe9\t\xfc\n"
    assert encode((("é",), 1), encoding="latin-1") == b'["\xe9"]\t1\n'
    assert encode(("é", 1), encoding="bytes") == encode(("é", 1), encoding="utf-8-sig") == "é\t1\n".encode()
    with pytest.raises(SettingsError):
        TextOutput(FormatOptions(encoding="utf-16"))


BAD = [
    ("a\tb", 1, "its key has a tab"),
    (b"a\tb", 1, "its key has a tab"),
    ("a\nb", 1, "its key has a line's end"),
    ("a\nb", "c\nd", "its key has a line's end"),
    ("a", "b\nc", "its value has a line's end"),
    (None, b"b\nc", "its value has a line's end"),
    ("a", "b\r", "it ends with a carriage return"),
    ("a\r", None, "it ends with a carriage return"),
    ("a", "\ud800", "which is not utf-8"),
    ("a", ["\ud800"], "which is not utf-8"),
    ("a", [b"x"], "JSON has no bytes"),
    ("a", [float("nan")], "JSON has no nan"),
    ("a", {(1, 2): 3}, "JSON has no keys of type tuple"),
    ("a", {1, 2}, "JSON has no set"),
    ("a", object, "JSON has no type"),
    ("a", 10**5000, "4300 digits"),
]


@pytest.mark.parametrize(("key", "value", "why"), BAD, ids=[why for _, _, why in BAD])
def test_a_record_that_would_not_come_back_is_refused_with_the_way_out(key: Any, value: Any, why: str) -> None:
    with pytest.raises(OutputRecordError, match=rf"the record .*since .*{why}.*: set outputFormat=jsonl, or"):
        encode(("fine", 1), (key, value), ("fine", "x"))


def test_a_long_record_is_shortened_in_the_error() -> None:
    with pytest.raises(OutputRecordError) as caught:
        encode(("a\t" + "x" * 10_000, 1))
    assert len(str(caught.value)) < 300


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    with pytest.raises(OutputRecordError, match="it has '日', which is not latin-1"):
        encode(("a", "日"), encoding="latin-1")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\t\n")).filter(lambda text: not text.endswith("\r"))


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_what_is_written_is_read_back(records: list[tuple[str, str]]) -> None:
    got = read_records(KeyValueInput(FormatOptions()), source_of(encode(*records)))
    assert [(key, value) for _, key, value in got] == records


@given(
    st.lists(
        st.tuples(
            st.none() | st.text("ab\t\n\r", max_size=3) | st.binary(max_size=2) | st.integers(),
            st.none() | st.text("ab\t\n\r", max_size=3) | st.binary(max_size=2) | st.lists(st.booleans(), max_size=2),
        )
    )
)
def test_a_batch_is_refused_exactly_when_one_of_its_records_is(records: list[tuple[Any, Any]]) -> None:
    def alone(record: tuple[Any, Any]) -> bytes | None:
        try:
            return encode(record)
        except OutputRecordError:
            return None

    lines = [alone(record) for record in records]
    if None in lines:
        with pytest.raises(OutputRecordError):
            encode(*records)
    else:
        assert encode(*records) == b"".join(line for line in lines if line is not None)
