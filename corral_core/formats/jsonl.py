"""``jsonl``: a JSON value a line; corral writes each record as ``[key,value]``, which keeps types."""

from __future__ import annotations

import json
from math import isinf
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from corral_core.errors import OutputRecordError, RecordError
from corral_core.formats.api import KEPT, Batch, FormatOptions, OutputFormat
from corral_core.formats.json_values import check, shortened, to_json
from corral_core.formats.lines import LineInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["JsonLinesInput", "JsonLinesOutput"]


_PAIR = 2


class JsonLinesInput(LineInput):
    """JSON values, one a line; lines of nothing but space are left out.

    An array of two whose first can be a key is a key and its value; an array as a key becomes a tuple. The key of
    anything else is ``""``.
    """

    name: ClassVar[str] = "jsonl"

    def __init__(self, options: FormatOptions) -> None:
        super().__init__(options)
        if self._codec == "utf-8":  # JSON's own, which the decoder reads and checks as bytes
            self._codec = None
        self._decode = msgspec.json.Decoder().decode

    def batches(self, lines: list[Any], offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:
        try:
            records = list(map(_record, map(self._decode, lines)))
        except (ValueError, RecursionError):  # a blank line, a number that is out of msgspec's range, or no JSON
            yield from self._one_by_one(lines, offset_of, path)
            return
        keys, values = zip(*records, strict=True)
        yield Batch(values, offset_of, keys)

    def _one_by_one(self, lines: list[Any], offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:
        records: list[tuple[Any, Any]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                records.append(_record(self._value(line)))
            except (ValueError, RecursionError) as error:
                yield from _numbered(records, numbers, offset_of)
                records, numbers = [], []
                self.options.refuse(self._no_json(error, offset_of(number), line, path))
            else:
                numbers.append(number)
        yield from _numbered(records, numbers, offset_of)

    def _no_json(self, error: Exception, offset: int, line: Any, path: str) -> RecordError:
        raw = line if isinstance(line, bytes) else line.encode(self._codec or "utf-8")
        return RecordError(f"the record at byte {offset} of {path} is not JSON ({error})", offset, raw[:KEPT], len(raw))

    def _value(self, line: Any) -> Any:
        try:
            return self._decode(line)
        except msgspec.ValidationError:  # an integer of more than 64 bits
            return json.loads(line, parse_float=_finite, parse_constant=_no_constant)


class JsonLinesOutput(OutputFormat):
    """Lines of ``[key,value]``. Tuples become arrays; bytes, NaN and the infinities are refused."""

    name: ClassVar[str] = "jsonl"
    reads_as: ClassVar[str] = "jsonl"

    def __init__(self, options: FormatOptions) -> None:
        super().__init__(options)
        self._encode_lines = msgspec.json.Encoder().encode_lines

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        try:
            for record in records:
                check(record)
            return self._encode_lines(records)
        except (OutputRecordError, TypeError, ValueError, RecursionError):
            pass
        for record in records:
            _check(record)
        raise AssertionError("no record of a batch that can't be written is at fault")


def _check(record: tuple[Any, Any]) -> None:
    try:
        to_json(record)
    except OutputRecordError as error:
        raise OutputRecordError(
            f"the record {shortened(record)} can't be a line of JSON, since {error}: set outputFormat=text, or change "
            "it in the reducer"
        ) from error


def _numbered(records: list[tuple[Any, Any]], numbers: list[int], offset_of: Callable[[int], int]) -> Iterator[Batch]:
    """A batch of the records of some lines, if there are any."""
    if records:
        keys, values = zip(*records, strict=True)
        yield Batch(values, lambda index: offset_of(numbers[index]), keys)


def _record(value: Any) -> tuple[Any, Any]:
    if type(value) is list and len(value) == _PAIR:
        key = value[0]
        if type(key) is list:
            key = _tuple(key)
        if type(key) is not dict:
            return key, value[1]
    return "", value


def _tuple(items: list[Any]) -> Any:
    """A key made of an array, or a dict for an array with an object in it, which can't be one."""
    parts = [_tuple(item) if type(item) is list else item for item in items]
    return {} if any(type(part) is dict for part in parts) else tuple(parts)


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is out of range")
    return number


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")
