from __future__ import annotations

import io
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine import segment
from corral_core.engine.segment import Block, SegmentWriter, read_blocks
from corral_core.errors import CarryError, SegmentError

groups = st.lists(st.tuples(st.text(max_size=3), st.lists(st.integers(), min_size=1, max_size=6)), max_size=8)
"""Keys with their values; keys may repeat, as those of blocks written one after another may."""


def written(blocks: list[Block], block_values: int | None = None, *, any_type: bool = False) -> bytes:
    stream = io.BytesIO()
    writer = SegmentWriter(stream, block_values=block_values, any_type=any_type)
    for block in blocks:
        writer.write(block)
    writer.close()
    assert writer.length == len(stream.getvalue())
    assert writer.values == sum(len(block.values) for block in blocks)
    return stream.getvalue()


def blocks_of(data: bytes, length: int | None = None, *, any_type: bool = False, joined: int = 0) -> list[Block]:
    def read(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    length = len(data) if length is None else length
    return list(read_blocks(read, length, "seg", any_type=any_type, joined=joined))


def flat(blocks: list[Block]) -> list[tuple[Any, Any]]:
    pairs: list[tuple[Any, Any]] = []
    for block in blocks:
        counts = repeat(1) if block.counts is None else block.counts
        keys = chain.from_iterable(repeat(key, n) for key, n in zip(block.keys, counts, strict=False))
        pairs += zip(keys, block.values, strict=True)
    return pairs


def block_of(pairs: list[tuple[Any, list[Any]]]) -> Block:
    return Block([k for k, _ in pairs], [len(v) for _, v in pairs], [x for _, v in pairs for x in v])


@given(parts=st.lists(groups, max_size=4), block_values=st.one_of(st.none(), st.integers(1, 5)))
def test_what_is_written_is_read_in_blocks_of_the_size_asked_for(
    parts: list[list[tuple[str, list[int]]]], block_values: int | None
) -> None:
    blocks = [block_of(part) for part in parts]
    found = blocks_of(written(blocks, block_values))
    assert flat(found) == [(key, value) for part in parts for key, values in part for value in values]
    assert all(block.values for block in found)
    assert all(len(block.values) <= (block_values or 64) for block in found)


@given(values=st.lists(st.integers()), block_values=st.integers(1, 5))
def test_keys_of_one_value_each_need_no_counts(values: list[int], block_values: int) -> None:
    found = blocks_of(written([Block(list(map(str, values)), None, values)], block_values))
    assert flat(found) == [(str(value), value) for value in values]
    assert {block.counts for block in found} <= {None}


@given(parts=st.lists(groups, max_size=4), block_values=st.integers(1, 3), joined=st.integers(0, 300))
def test_joined_blocks_hold_what_they_held_apart_and_the_last_one_says_so(
    parts: list[list[tuple[str, list[int]]]], block_values: int, joined: int
) -> None:
    data = written([block_of(part) for part in parts], block_values)
    found = blocks_of(data, joined=joined)
    assert flat(found) == flat(blocks_of(data))
    assert [block.last for block in found] == [False] * (len(found) - 1) + [True] * bool(found)


def test_a_key_that_goes_on_in_the_next_block_stands_once_in_the_joined_one() -> None:
    block = Block(["a", "b", "c"], [7, 1, 2], list(range(10)))
    assert blocks_of(written([block], 2), joined=10**4) == [Block(block.keys, block.counts, block.values, last=True)]


def test_a_small_segment_is_one_block_when_joined_and_a_large_one_has_blocks_of_the_usual_size() -> None:
    small = written([Block(list(range(600)), None, ["x"] * 600)])
    large = written([Block(list(range(10**5)), None, ["x" * 20] * 10**5)])
    assert len(blocks_of(small)) > 1
    assert len(blocks_of(small, joined=segment.BLOCK_BYTES)) == 1
    assert len(blocks_of(large, joined=segment.BLOCK_BYTES)) >= len(large) // segment.BLOCK_BYTES > 0


def test_blocks_grow_to_the_size_that_their_values_allow() -> None:
    small = blocks_of(written([Block(list(range(10**5)), None, list(range(10**5)))]))
    large = blocks_of(written([Block(list(range(200)), None, ["x" * 10**5] * 200)]))
    assert max(len(block.values) for block in small) > 10_000
    assert len(large[-1].values) <= 3 * segment.BLOCK_BYTES // 10**5


DATA = written([block_of([("a", [1, 2, 3]), ("b", [4])]), Block(["c", "d"], None, ["x" * 50, None])], 2)


@given(cut=st.integers(0, len(DATA) - 1))
def test_a_segment_that_is_cut_anywhere_is_damaged(cut: int) -> None:
    for length in (len(DATA), cut):
        with pytest.raises(SegmentError, match=r"segment seg is damaged: .*run the job again"):
            blocks_of(DATA[:cut], length)


@pytest.mark.parametrize("at", range(len(DATA)))
def test_a_byte_that_is_flipped_anywhere_damages_a_segment(at: int) -> None:
    for mask in (1, 0x80, 0xFF):
        damaged = bytearray(DATA)
        damaged[at] ^= mask
        with pytest.raises(SegmentError, match="segment seg is damaged"):
            blocks_of(bytes(damaged))


@given(more=st.binary(min_size=1, max_size=300))
def test_a_segment_that_goes_on_after_its_end_is_damaged(more: bytes) -> None:
    with pytest.raises(SegmentError, match="goes on after its end"):
        blocks_of(DATA + more)


@given(more=st.binary(max_size=40), before=st.binary(max_size=40))
def test_a_segment_within_a_larger_object_is_read_by_its_place(more: bytes, before: bytes) -> None:
    whole = before + DATA + more
    start = len(before)
    read = read_blocks(lambda offset, size: whole[start + offset :][:size], len(DATA), "seg")
    assert flat(list(read)) == flat(blocks_of(DATA))


def test_a_block_that_is_missing_is_seen() -> None:
    first = written([block_of([("a", [1, 2])])], 2)
    two = written([block_of([("a", [1, 2, 3, 4])])], 2)
    end = segment._HEAD + segment._TOTALS.size
    with pytest.raises(SegmentError, match="blocks are missing"):
        blocks_of(first[:-end] + two[-end:])


def test_a_segment_of_another_version_says_so() -> None:
    data = bytearray(DATA)
    data[2] = 9
    with pytest.raises(SegmentError, match="format version 9, and this corral reads 1"):
        blocks_of(bytes(data))


def test_reading_holds_one_block_and_looks_no_further_ahead_than_its_window() -> None:
    data = written([Block(list(range(10**5)), None, ["x" * 20] * 10**5)])
    asked: list[int] = []

    def read(offset: int, size: int) -> bytes:
        asked.append(offset + size)
        return data[offset : offset + size]

    next(read_blocks(read, len(data), "seg"))
    assert max(asked) <= segment._READ < len(data) or len(data) <= segment._READ


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_store_that_gives_less_than_it_was_asked_for_is_asked_again(chunk: int) -> None:
    found = list(read_blocks(lambda offset, size: DATA[offset : offset + min(size, chunk)], len(DATA), "seg"))
    assert flat(found) == flat(blocks_of(DATA))


def test_a_pickle_that_the_job_did_not_ask_for_is_refused() -> None:
    data = written([Block(["a"], None, [{1}])], any_type=True)
    assert flat(blocks_of(data, any_type=True)) == [("a", {1})]
    with pytest.raises(SegmentError, match="kind 3"):
        blocks_of(data)


def test_what_cannot_be_carried_is_refused_as_it_is_written() -> None:
    with pytest.raises(CarryError, match="set"):
        written([Block(["a"], None, [{1}])])
