from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import OutputRecordError, RecordError
from corral_core.formats.api import FormatOptions
from corral_core.formats.jsonl import JsonLinesInput, JsonLinesOutput
from corral_core.testing.formats import InputFormatSuite, read_records, source_of


class TestJsonLinesInput(InputFormatSuite):
    format = JsonLinesInput
    samples = (
        b"",
        b"\n",
        b"1",
        b'["a",1]\n[1,[2,3]]\r\n\n{"b": [1, 2]}\n  \n"x"\n[[1,["y"]],null]',
        b'["a",123456789012345678901234567890]\n[{"no":"key"},1]\n',
    )
    bad_samples = (
        (b'["a",1]\n["b",\n2]\n', 8, 1),
        (b'\n\n["a",1]\n1 2\n', 10, 1),
        (b'"\xff"', 0, 0),
        (b"1\nNaN\n", 2, 1),
        (b"1e400", 0, 0),
        (b"[123456789012345678901234567890, 1e400]", 0, 0),
        (b"[123456789012345678901234567890, NaN]", 0, 0),
    )


def read(data: bytes, encoding: str = "utf-8") -> list[tuple[Any, Any]]:
    return [(key, value) for _, key, value in read_records(JsonLinesInput(FormatOptions(encoding)), source_of(data))]


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ('["a",1]', ("a", 1)),
        ("[1.0,true]", (1.0, True)),
        ("[[1,[2]],[3,[4]]]", ((1, (2,)), [3, [4]])),
        ("[null,null]", (None, None)),
        ("[1,2,3]", ("", [1, 2, 3])),
        ("[1]", ("", [1])),
        ('{"a":[1,2]}', ("", {"a": [1, 2]})),
        ('[{"a":1},2]', ("", [{"a": 1}, 2])),
        ('[[{"a":1}],2]', ("", [[{"a": 1}], 2])),
        ('"é"', ("", "é")),
    ],
)
def test_an_array_of_two_is_a_key_and_its_value(line: str, record: tuple[Any, Any]) -> None:
    (got,) = read(line.encode())
    assert (got, repr(got)) == (record, repr(record))


def test_other_encodings_are_decoded_first() -> None:
    assert read(b'["\xe9",1]\n', "latin-1") == [("é", 1)]
    assert read(b'["\xc3\xa9",1]\n', "bytes") == [("é", 1)]


def test_the_error_says_what_is_wrong() -> None:
    with pytest.raises(RecordError, match=r"byte 2 of a-file is not JSON \(.*malformed"):
        read(b"1\n{bad}\n")


def test_what_is_nested_too_deep_is_a_bad_record_and_no_crash() -> None:
    with pytest.raises(RecordError, match="byte 2 of a-file is not JSON"):
        read(b"1\n" + b"[" * 100_000 + b"\n")


@given(st.lists(st.sampled_from([b'["a",1]', b"{bad", b"", b"NaN", b'"x"', b'"\xff"'])))
def test_reading_goes_on_behind_every_line_that_is_no_json(lines: list[bytes]) -> None:
    taken: list[RecordError] = []
    reader = JsonLinesInput(FormatOptions(bad_record=taken.append))
    records = list(read_records(reader, source_of(b"\n".join(lines))))
    assert [record[1:] for record in records] == [
        ("a", 1) if line == b'["a",1]' else ("", "x") for line in lines if line in {b'["a",1]', b'"x"'}
    ]
    assert [error.record for error in taken] == [line for line in lines if line in {b"{bad", b"NaN", b'"\xff"'}]


def encode(*records: tuple[Any, Any]) -> bytes:
    writer = JsonLinesOutput(FormatOptions())
    return writer.encode(records) + writer.close()


def test_records_are_arrays_of_two_without_spaces() -> None:
    assert encode(("é\n", 1), (("a", 1.0), {"b": [None]})) == '["é\\n",1]\n[["a",1.0],{"b":[null]}]\n'.encode()
    assert encode() == b""


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"x", "JSON has no bytes"),
        ([[b"x"]], "JSON has no bytes"),
        ({"a": b"x"}, "JSON has no bytes"),
        ({b"a": 1}, "JSON has no keys of type bytes"),
        ({None: 1}, "JSON has no keys of type NoneType"),
        (float("nan"), "JSON has no nan"),
        ({"a": [float("-inf")]}, "JSON has no -inf"),
        ({"a"}, "JSON has no set"),
        ("\ud800", "which is not utf-8"),
        (1j, "JSON has no complex"),
    ],
)
def test_what_json_would_change_is_refused_with_the_way_out(value: Any, why: str) -> None:
    with pytest.raises(OutputRecordError, match=rf"since .*{why}.*: set outputFormat=text, or"):
        encode(("fine", 1), ("a", value))
    with pytest.raises(OutputRecordError, match=why):
        encode((value if not isinstance(value, (dict, set)) else (value,), 1))


def test_a_value_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(OutputRecordError, match="nested"):
        encode(("a", endless))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TEXT = st.text(st.characters(codec="utf-8"))
KEYS = st.recursive(SCALARS, lambda items: st.lists(items, max_size=3).map(tuple))
VALUES = st.recursive(SCALARS, lambda items: st.lists(items, max_size=3) | st.dictionaries(TEXT, items, max_size=3))


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_records_come_back_with_their_types(records: list[tuple[Any, Any]]) -> None:
    try:
        data = encode(*records)
    except OutputRecordError:
        with pytest.raises(UnicodeEncodeError):  # the only thing left to refuse
            json.dumps(records, ensure_ascii=False).encode()
        return
    assert repr(read(data)) == repr(records)
