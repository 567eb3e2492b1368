"""The order, the grouping and the hash of keys and of sorted values: by type first, then by value.

Python says that 1, 1.0 and True are equal; corral keeps them apart, on every path. The three functions agree with
one another: keys group together exactly when their order is equal, and then their hash is equal.
"""

from __future__ import annotations

from math import isnan
from types import NoneType
from typing import Any
from zlib import crc32

from corral_core.errors import CarryError

__all__ = ["TypedKey", "admit", "natural_type", "order", "sort", "stable_hash", "type_name", "ungroup"]

_RANK = {NoneType: 0, bool: 1, int: 2, float: 3, str: 4, bytes: 5, tuple: 6, list: 7, dict: 8}
_NATURAL = (str, bytes, int)
"""Types that Python itself orders and hashes as corral does, as long as they are alone."""
_GROUP_AS_THEMSELVES = frozenset({str, bytes, int, NoneType})
"""With bool and float wrapped, Python's equality keeps these apart."""


def order(value: Any) -> tuple[Any, ...]:
    """A tuple that sorts as corral sorts: None, bool, int, float, str, bytes, tuples, lists, dicts; then by value.

    :raises CarryError: for NaN, which has no place in an order, and for types that can't be carried.
    """
    kind = type(value)
    if kind is tuple or kind is list:
        return (_RANK[kind], tuple(map(order, value)))
    if kind is float:
        if isnan(value):
            raise CarryError("NaN has no place in an order: it can't be a key, nor a value that is sorted")
        return (3, value)
    if value is None:
        return (0,)
    if kind is dict:
        return (8, tuple(sorted((order(k), order(v)) for k, v in value.items())))
    rank = _RANK.get(kind)
    if rank is None:
        raise CarryError(
            f"{type_name(value)} is no type of key; keys are None, bool, int, float, str, bytes and tuples"
        )
    return (rank, value)


class TypedKey:
    """A key in a dict, equal only to keys of the same type and value."""

    __slots__ = ("key", "order")

    def __init__(self, key: Any) -> None:
        self.key = key
        self.order = order(key)

    def __eq__(self, other: object) -> bool:
        return other.__class__ is TypedKey and self.order == other.order

    def __hash__(self) -> int:
        return hash(self.order)


def admit(key: Any) -> Any:
    """What stands for a key in a dict: itself, or a :class:`TypedKey` where Python's equality is too coarse.

    :raises CarryError: when it can't be a key.
    """
    if type(key) in _GROUP_AS_THEMSELVES or (type(key) is tuple and _plain_tuple(key)):
        return key
    if type(key) not in _RANK or type(key) in (list, dict):
        raise CarryError(
            f"a key of type {type_name(key)} can't be carried; keys are None, bool, int, float, str, bytes and tuples "
            "of these"
        )
    if type(key) is tuple:
        for item in key:
            admit(item)
    return TypedKey(key)


def ungroup(grouped: Any) -> Any:
    """The key behind what :func:`admit` gave."""
    return grouped.key if grouped.__class__ is TypedKey else grouped


def natural_type(values: list[Any]) -> type | tuple[type, ...] | None:
    """The one type of all values when Python's own order and equality serve for them, else None.

    Of tuples it is the types of their items, one by one.
    """
    kinds: set[Any] = set(map(type, values))
    if kinds == {tuple}:
        kinds = {tuple(map(type, value)) for value in values}
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    natural = all(item in _NATURAL for item in kind) if isinstance(kind, tuple) else kind in _NATURAL
    return kind if natural else None


def sort(values: list[Any]) -> None:
    """Sort values in place by :func:`order`.

    :raises CarryError: as :func:`order` does.
    """
    values.sort(key=None if natural_type(values) else order)


def stable_hash(key: Any) -> int:
    """32 bits that depend on nothing but the key's type and value: the CRC-32 of its bytes.

    CRC-32 because the standard library computes it at the speed of memory on every machine and it never changes; its
    spread over small moduli is even for keys as people have them.
    """
    if type(key) is str:
        return crc32(key.encode("utf-8", "surrogatepass"))
    if type(key) is bytes:
        return crc32(key)
    return crc32(_hashable(order(key)))


def _hashable(ordered: Any) -> bytes:
    if isinstance(ordered, tuple):
        return b"(" + b",".join(map(_hashable, ordered)) + b")"
    if type(ordered) is float:
        return (ordered + 0.0).hex().encode()  # -0.0 equals 0.0, so they hash alike
    if type(ordered) is str:
        return ordered.encode("utf-8", "surrogatepass")
    return ordered if type(ordered) is bytes else b"%x" % ordered  # hexadecimal takes integers of any length


def _plain_tuple(key: tuple[Any, ...]) -> bool:
    return all(type(item) in _GROUP_AS_THEMSELVES or (type(item) is tuple and _plain_tuple(item)) for item in key)


def type_name(value: Any) -> str:
    """A value's type as people write it: with its module, unless it is a builtin."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
