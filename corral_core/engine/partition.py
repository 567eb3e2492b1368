"""Which reducer a key goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from corral_core.errors import PartitionError
from corral_core.keys import TypedKey, natural_type, order, stable_hash, ungroup

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["sorted_partitions"]


def sorted_partitions(grouped: list[Any], count: int, partitioner: Callable[[Any, int], int] | None) -> list[list[Any]]:
    """Different keys, as they group, as one sorted list for each partition.

    :raises PartitionError: when the user's partitioner answers out of range.
    """
    natural = natural_type(grouped)
    parts: list[list[Any]] = [[] for _ in range(count)]
    if partitioner is not None:
        for key in grouped:
            parts[_asked(partitioner, ungroup(key), count)].append(key)
    elif count == 1:
        parts = [grouped]
    elif natural is str:
        _spread_text(grouped, parts)
    else:
        for key in grouped:
            parts[stable_hash(ungroup(key)) % count].append(key)
    for part in parts:
        part.sort(key=None if natural else _order)
    return parts


def _spread_text(keys: list[str], parts: list[list[Any]]) -> None:
    count = len(parts)
    try:
        hashes = list(map(crc32, map(str.encode, keys)))
    except UnicodeEncodeError:  # a lone surrogate somewhere
        hashes = list(map(stable_hash, keys))
    for key, number in zip(keys, hashes, strict=True):
        parts[number % count].append(key)


def _asked(partitioner: Callable[[Any, int], int], key: Any, count: int) -> int:
    answer = partitioner(key, count)
    if type(answer) is not int or not 0 <= answer < count:
        raise PartitionError(
            f"the partitioner answered {answer!r} for the key {key!r}: it must answer a whole number from 0 to "
            f"{count - 1}"
        )
    return answer


def _order(grouped: Any) -> tuple[Any, ...]:
    return grouped.order if grouped.__class__ is TypedKey else order(grouped)
