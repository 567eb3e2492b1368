"""Keys and values as columns of bytes: what the blocks of a segment hold.

A column is msgpack, with a kind byte that says how to read it back to exactly the Python values that went in:

    plain   None, bool, 64-bit int, float, str, bytes, and lists of these: msgpack says it all
    rows    tuples of plain scalars, which msgpack would give back as lists: decoded as tuples
    tagged  anything else that can be carried: tuples inside, big integers and lone surrogates as extensions
    pickle  one pickle of the column, only for a job with ``codec="pickle"``

The kinds are told apart with set operations on the column's types, at the speed of C, so the common columns pay
nothing for the rare ones.
"""

from __future__ import annotations

import pickle
from itertools import chain
from types import NoneType
from typing import Any

import msgspec

from corral_core.errors import CarryError, SegmentError
from corral_core.keys import type_name

__all__ = ["Column", "decode", "encode", "encode_any"]

PLAIN, ROWS, TAGGED, PICKLE = range(4)
_TUPLE, _BIG_INT, _SURROGATES, _DICT = range(1, 5)
"""Codes of msgpack extensions in a tagged column."""

DEPTH = 100
"""Levels of lists, tuples and dicts in one value: few enough for any reader's stack, whatever runs below it."""

_SCALARS = frozenset({NoneType, bool, int, float, str, bytes})

Column = tuple[int, msgspec.Raw]
"""A kind, and the column's bytes."""

_encoder = msgspec.msgpack.Encoder()
_rows = msgspec.msgpack.Decoder(list[tuple])  # type: ignore[type-arg]  # a bare tuple is msgspec's word for any
_plain = msgspec.msgpack.Decoder()


def encode(values: list[Any]) -> Column:
    """A column of keys or values.

    :raises CarryError: naming the type of the first value that can't be carried.
    """
    kinds = set(map(type, values))
    try:
        if kinds <= _SCALARS:
            return PLAIN, msgspec.Raw(_encoder.encode(values))
        if len(kinds) == 1 and kinds <= {tuple, list} and set(map(type, chain.from_iterable(values))) <= _SCALARS:
            return (ROWS if tuple in kinds else PLAIN), msgspec.Raw(_encoder.encode(values))
    except (OverflowError, UnicodeEncodeError):
        pass  # an integer beyond 64 bits or a lone surrogate: the tagged kind carries it
    return TAGGED, msgspec.Raw(_encoder.encode(_tag_all(values)))


def encode_any(values: list[Any]) -> Column:
    """A column of values of any type, for a job that opted in to pickle.

    :raises CarryError: when pickle can't take a value.
    """
    try:
        return PICKLE, msgspec.Raw(_encoder.encode(pickle.dumps(values, protocol=5)))
    except Exception as error:  # whatever a value's own reduction raises
        raise CarryError(f"a value can't be pickled: {error}") from error


def decode(column: Column, *, trusted: bool = False) -> list[Any]:
    """The values of a column.

    :param trusted: the job opted in to pickle.
    :raises SegmentError: when the column is no column, or a pickle that nobody asked for.
    """
    kind, raw = column
    try:
        if kind == PLAIN:
            return _plain.decode(raw)  # type: ignore[no-any-return]  # checked by the segment's checksum
        if kind == ROWS:
            return _rows.decode(raw)
        if kind == TAGGED:
            return _tagged.decode(raw)  # type: ignore[no-any-return]  # checked by the segment's checksum
    except (msgspec.MsgspecError, ValueError) as error:
        raise SegmentError(f"it holds a column that can't be decoded: {error}") from error
    if kind == PICKLE and trusted:
        return pickle.loads(_plain.decode(raw))  # type: ignore[no-any-return]  # noqa: S301  (the job opted in)
    raise SegmentError(f"it holds a column of kind {kind}, which this job does not read")


def _tag_all(values: list[Any]) -> list[Any]:
    return [_tag(value, DEPTH) for value in values]


def _tag(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return value if _encodable(value) else msgspec.msgpack.Ext(_SURROGATES, value.encode("utf-8", "surrogatepass"))
    if kind is int:
        if -(2**63) <= value < 2**64:
            return value
        return msgspec.msgpack.Ext(_BIG_INT, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if kind in _SCALARS:
        return value
    if kind in (list, tuple, dict):
        return _tag_within(value, depth - 1)
    raise CarryError(
        f"a value of type {type_name(value)} can't be carried; values are None, bool, int, float, "
        "str, bytes, and tuples, lists and dicts of these: convert it, or give the job codec='pickle'"
    )


def _tag_within(value: Any, depth: int) -> Any:
    if not depth:
        raise CarryError(f"a value is nested too deeply, more than {DEPTH} levels, or holds itself")
    if type(value) is dict:
        return msgspec.msgpack.Ext(
            _DICT, _encoder.encode([_tag(item, depth) for pair in value.items() for item in pair])
        )
    tagged = [_tag(item, depth) for item in value]
    return tagged if type(value) is list else msgspec.msgpack.Ext(_TUPLE, _encoder.encode(tagged))


def _untag(code: int, data: memoryview) -> Any:
    if code == _TUPLE:
        return tuple(_tagged.decode(data))
    if code == _BIG_INT:
        return int.from_bytes(data, "big", signed=True)
    if code == _SURROGATES:
        return bytes(data).decode("utf-8", "surrogatepass")
    if code == _DICT:
        items = _tagged.decode(data)
        return dict(zip(items[::2], items[1::2], strict=True))
    raise SegmentError(f"it holds an extension of code {code}, which this corral does not know")


_tagged = msgspec.msgpack.Decoder(ext_hook=_untag)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
