from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.merge import Chunk, cursors, merge
from corral_core.engine.segment import Block
from corral_core.keys import order

texts = st.sampled_from(["", "a", "b", "ab", "\ud800", "ä"])
typed = st.one_of(
    texts,
    st.sampled_from([None, True, False, 0, 1, 1.0, 0.0, -0.0, b"", b"a", (), (1,), (1.0,), (True, ("a",)), 2**70]),
)
keys = st.one_of(st.just(texts), st.just(typed), st.just(st.integers(-3, 3))).flatmap(lambda kind: kind)
streams = st.lists(st.lists(keys, max_size=12), max_size=5)
sizes = st.integers(1, 5)


def stream(pairs: list[tuple[Any, Any]], size: int, *, counted: bool, ends: bool) -> list[Block]:
    """Sorted pairs as blocks of at most ``size`` values, as a segment gives them; ``ends``: the last says so."""
    blocks = []
    for at in range(0, len(pairs), size):
        piece = [
            (key, [v for _, v in group])
            for key, group in groupby(pairs[at : at + size], key=lambda pair: _Same(pair[0]))
        ]
        counts = [len(values) for _, values in piece]
        some = None if not counted and set(counts) == {1} else counts
        last = ends and at + size >= len(pairs)
        blocks.append(Block([key.key for key, _ in piece], some, [v for _, values in piece for v in values], last))
    return blocks


class _Same:
    """Equal when corral's keys are."""

    __hash__ = None  # type: ignore[assignment]  # groupby compares, and nobody hashes

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and order(self.key) == order(other.key)


def numbered(parts: list[list[Any]]) -> list[list[tuple[Any, int]]]:
    """Each key with a number that grows in the order of the input; each stream sorted by key."""
    number = 0
    sorted_parts = []
    for part in parts:
        pairs = []
        for key in part:
            pairs.append((key, number))
            number += 1
        sorted_parts.append(sorted(pairs, key=lambda pair: order(pair[0])))
    return sorted_parts


def grouped(parts: list[list[tuple[Any, int]]]) -> list[tuple[Any, list[int]]]:
    groups: dict[Any, tuple[Any, list[int]]] = {}
    for part in parts:
        for key, value in part:
            groups.setdefault(order(key), (key, []))[1].append(value)
    return [groups[key] for key in sorted(groups)]


def merged(
    parts: list[list[tuple[Any, int]]], size: int, *, counted: bool, ends: bool = True, **options: Any
) -> list[tuple[Any, list[int]]]:
    live = cursors(iter(stream(part, size, counted=counted, ends=ends)) for part in parts)
    found: list[tuple[Any, list[int]]] = []
    for part in merge(live, **options):
        if isinstance(part, Chunk):
            found += [(key, list(values)) for key, values in part.grouped()]
        else:
            found.append((part.key, list(part.values)))
    return found


@given(parts=streams, size=sizes, counted=st.booleans(), ends=st.booleans())
def test_each_key_comes_once_in_order_with_its_values_in_the_order_of_the_input(
    parts: list[list[Any]], size: int, *, counted: bool, ends: bool
) -> None:
    given_ = numbered(parts)
    # repr tells 1 from True, and shows which of 0.0 and -0.0 stands for both: the one that came first.
    assert repr(merged(given_, size, counted=counted, ends=ends)) == repr(grouped(given_))


@given(parts=st.lists(st.lists(st.tuples(keys, st.integers(-5, 5)), max_size=12), max_size=5), size=sizes)
def test_sorted_values_stay_sorted_over_all_streams(parts: list[list[tuple[Any, int]]], size: int) -> None:
    given_ = [sorted(part, key=lambda pair: (order(pair[0]), pair[1])) for part in parts]
    found = merged(given_, size, counted=True, sort_values=True)
    wanted = [(key, sorted(values)) for key, values in grouped(given_)]
    # A chunk's values are left to whoever takes them; here they are sorted as the reduce task does.
    assert [(order(key), sorted(values)) for key, values in found] == [(order(key), values) for key, values in wanted]


def test_a_streamed_key_has_its_values_sorted_without_anybody_sorting_them() -> None:
    parts = [[("k", value) for value in range(start, 30, 3)] for start in (2, 0, 1)]
    assert merged(parts, 2, counted=True, sort_values=True) == [("k", list(range(30)))]


@given(parts=streams, size=sizes, take=st.integers(0, 2), ends=st.booleans())
def test_values_that_nobody_reads_are_passed_over(parts: list[list[Any]], size: int, take: int, *, ends: bool) -> None:
    given_ = numbered(parts)
    live = cursors(iter(stream(part, size, counted=False, ends=ends)) for part in given_)
    found = []
    for part in merge(live):
        if isinstance(part, Chunk):
            found += [order(key) for key, _ in part.grouped()]
        else:
            values = part.values
            for _ in range(take):
                next(values, None)
            found.append(order(part.key))
    assert found == [order(key) for key, _ in grouped(given_)]


@pytest.mark.parametrize("streams_", [0, 3])
def test_nothing_merges_to_nothing(streams_: int) -> None:
    assert list(merge(cursors(iter([]) for _ in range(streams_)))) == []


def test_a_key_of_many_blocks_is_read_one_block_at_a_time() -> None:
    read: list[int] = []

    def blocks() -> Any:
        for number in range(100):
            read.append(number)
            yield Block(["k"], [2], [number, number])

    part = next(merge(cursors([blocks(), blocks()])))
    assert not isinstance(part, Chunk)
    values = part.values
    assert next(values) == 0
    assert len(read) < 5


def test_streams_that_are_wholly_in_hand_are_merged_at_once_however_many_they_are() -> None:
    """Thousands of tiny mappers: a round for each of them would take the square of their number."""
    blocks = [Block([f"a{number}", f"b{number % 7}"], None, [number, number], last=True) for number in range(3000)]
    (chunk,) = merge(cursors(iter([block]) for block in blocks))
    assert isinstance(chunk, Chunk)
    assert dict(chunk.grouped())["b3"] == list(range(3, 3000, 7))
