"""``text``: a record in is a line; a record out is ``KEY<TAB>VALUE``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from corral_core.errors import OutputRecordError
from corral_core.formats.api import Batch, FormatOptions, OutputFormat
from corral_core.formats.encodings import codec_of
from corral_core.formats.json_values import shortened, to_json
from corral_core.formats.lines import LineInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["TextInput", "TextOutput"]


class TextInput(LineInput):
    """Lines: the key is ``""``, the value the line without its end."""

    name: ClassVar[str] = "text"

    def batches(self, lines: list[Any], offset_of: Callable[[int], int], path: str) -> Iterator[Batch]:  # noqa: ARG002  (no line is a bad one)
        yield Batch(lines, offset_of)


class TextOutput(OutputFormat):
    r"""Lines of ``KEY<TAB>VALUE``; the line of a key None is the value alone, of a value None the key alone.

    Text stands as it is, bytes as they are, numbers and bools as Python's ``str`` writes them, tuples, lists and dicts
    as JSON without spaces. A record that ``kv`` would not read back as it was is refused: a tab or a line's end in the
    key, a line's end in the value, a ``\r`` before the line's end.
    """

    name: ClassVar[str] = "text"
    reads_as: ClassVar[str] = "kv"

    def __init__(self, options: FormatOptions) -> None:
        super().__init__(options)
        self._codec = codec_of(options.encoding) or "utf-8"

    def encode(self, records: Sequence[tuple[Any, Any]]) -> bytes:
        if not records:
            return b""
        try:
            data, keys = self._lines(records)
            # One search each through the whole batch; which record it is matters only when there is one.
            if data.count(b"\n") == len(records) and b"\r\n" not in data and b"\t" not in keys:
                return data
        except (OutputRecordError, ValueError):  # a UnicodeEncodeError, or an int of more digits than str() takes
            pass
        for record in records:
            self._check(record)
        raise AssertionError("no record of a batch that can't be written is at fault")

    def _lines(self, records: Sequence[tuple[Any, Any]]) -> tuple[bytes, bytes]:
        """The records as lines, and their keys run together."""
        keys, values = zip(*records, strict=True)
        key_types, value_types = set(map(type, keys)), set(map(type, values))
        if key_types == {str} and value_types <= {str, int, float, bool}:
            texts = values if value_types == {str} else map(str, values)
            text = "\n".join(map("\t".join, zip(keys, texts, strict=True)))
            return (text + "\n").encode(self._codec), "".join(keys).encode(self._codec)
        fields = [
            (() if key is None else (self._field(key),)) + (() if value is None else (self._field(value),))
            for key, value in records
        ]
        data = b"\n".join(map(b"\t".join, fields)) + b"\n"
        return data, b"".join(line[0] for line, key in zip(fields, keys, strict=True) if key is not None)

    def _field(self, item: Any) -> bytes:
        if isinstance(item, bytes):
            return item
        if isinstance(item, (str, int, float)):
            return str(item).encode(self._codec)
        return to_json(item).decode().encode(self._codec)

    def _check(self, record: tuple[Any, Any]) -> None:
        """:raises OutputRecordError: saying what is wrong with one record."""
        try:
            data, key = self._lines([record])
        except OutputRecordError as error:
            raise _refused(record, str(error)) from error
        except UnicodeEncodeError as error:
            raise _refused(record, f"it has {error.object[error.start]!r}, which is not {self._codec}") from error
        except ValueError as error:
            raise _refused(record, str(error)) from error
        if b"\t" in key:
            raise _refused(record, "its key has a tab")
        if data.count(b"\n") != 1:
            place = "key" if b"\n" in key else "value"
            raise _refused(record, f"its {place} has a line's end")
        if b"\r\n" in data:
            raise _refused(record, "it ends with a carriage return")


def _refused(record: tuple[Any, Any], why: str) -> OutputRecordError:
    return OutputRecordError(
        f"the record {shortened(record)} can't be a line of text, since {why}: set outputFormat=jsonl, or change it in "
        "the reducer"
    )
