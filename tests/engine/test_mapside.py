"""The map side of the shuffle by itself: groups, runs, spills and merges, without tasks or files of a job."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import Aggregator, Sum
from corral_core.engine import groups, mapside
from corral_core.engine.fetch import narrowed
from corral_core.engine.groups import Collected, Folded
from corral_core.engine.mapside import MapShuffle
from corral_core.engine.memory import Budget
from corral_core.engine.merge import Chunk, cursors, merge
from corral_core.engine.runs import Runs
from corral_core.engine.segment import Block
from corral_core.keys import admit, order, stable_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

keys = st.one_of(st.text(max_size=2), st.sampled_from([1, 1.0, True, None, b"a", (1,), (1.0,), 0.0, -0.0]))
pairs = st.lists(st.tuples(keys, st.integers(0, 9)), max_size=40)


def flat(blocks: Iterable[Block]) -> list[tuple[Any, list[Any]]]:
    """Keys with their values; a key that goes on in the next block is one."""
    found: list[tuple[Any, list[Any]]] = []
    for block in blocks:
        values = iter(block.values)
        for key, count in zip(block.keys, block.counts or [1] * len(block.keys), strict=True):
            taken = [next(values) for _ in range(count)]
            if found and order(found[-1][0]) == order(key):
                found[-1][1].extend(taken)
            else:
                found.append((key, taken))
    return found


def shuffled(make: Any, emitted: Any, spill_at: set[int], partitions: int, **options: Any) -> tuple[list[Any], int]:
    """What each partition holds after pairs were emitted, with spills after some of them."""
    runs = Runs(block_values=2)
    shuffle = MapShuffle(make, partitions, None, Budget(2**40), runs, **options)
    try:
        for number, (key, value) in enumerate(emitted):
            shuffle.sink.emit(key, value)
            if number in spill_at:
                shuffle.spill()
        return [flat(blocks) for blocks in shuffle.finish()], shuffle.spills
    finally:
        runs.close()


def reference(emitted: Any, partitions: int) -> list[list[tuple[Any, list[Any]]]]:
    held: dict[Any, tuple[Any, list[Any]]] = {}
    for key, value in emitted:
        held.setdefault(order(key), (key, []))[1].append(value)
    parts: list[list[tuple[Any, list[Any]]]] = [[] for _ in range(partitions)]
    for place in sorted(held):
        parts[stable_hash(held[place][0]) % partitions].append(held[place])
    return parts


@given(emitted=pairs, spill_at=st.sets(st.integers(0, 39)), partitions=st.integers(1, 3), wide=st.integers(2, 5))
def test_spills_anywhere_change_nothing(emitted: Any, spill_at: set[int], partitions: int, wide: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapside, "RUNS_AT_ONCE", wide)
        found, spills = shuffled(Collected, emitted, spill_at, partitions)
    # repr tells 1 from True, and the 0.0 that came first from the -0.0 that came later.
    assert repr(found) == repr(reference(emitted, partitions))
    assert spills >= len([at for at in spill_at if at < len(emitted)])


@given(emitted=pairs, spill_at=st.sets(st.integers(0, 39)), partitions=st.integers(1, 3))
def test_folded_values_stay_folded_through_spills(emitted: Any, spill_at: set[int], partitions: int) -> None:
    found, _ = shuffled(lambda check: Folded(Sum()), emitted, spill_at, partitions)
    assert found == [[(key, [sum(values)]) for key, values in part] for part in reference(emitted, partitions)]


@given(emitted=pairs, spill_at=st.sets(st.integers(0, 39)))
def test_a_combiner_never_changes_the_sum_and_leaves_one_value_where_nothing_spilled(
    emitted: Any, spill_at: set[int]
) -> None:
    def make(check: Any) -> Collected:
        return Collected(check, lambda key, values: [sum(values)])

    wanted = [(key, sum(values)) for key, values in reference(emitted, 1)[0]]
    (found,), _ = shuffled(make, emitted, spill_at, 1)
    assert [(key, sum(values)) for key, values in found] == wanted
    (whole,), _ = shuffled(make, emitted, set(), 1)
    assert whole == [(key, [total]) for key, total in wanted]


@given(emitted=pairs, spill_at=st.sets(st.integers(0, 39)))
def test_sorted_values_leave_the_mapper_sorted(emitted: Any, spill_at: set[int]) -> None:
    def make(check: Any) -> Collected:
        return Collected(check, sort_values=True)

    (found,), _ = shuffled(make, emitted, spill_at, 1, sort_values=True)
    assert found == [(key, sorted(values)) for key, values in reference(emitted, 1)[0]]


def test_a_combiner_that_shrinks_much_saves_a_spill() -> None:
    now = [0]
    runs = Runs()
    made: list[Collected] = []

    def make(check: Any) -> Collected:
        made.append(Collected(check, lambda key, values: [sum(values)]))
        return made[0]

    shuffle = MapShuffle(make, 1, None, Budget(10, lambda: now[0]), runs)
    for _ in range(100):
        shuffle.sink.emit("k", 1)
    now[0] = 100
    shuffle.check()
    assert (shuffle.spills, made[0].held) == (0, {"k": [100]})
    for number in range(100):
        shuffle.sink.emit(f"k{number}", 1)
    now[0] = 1000
    shuffle.check()
    assert (shuffle.spills, made[0].held) == (1, {})
    runs.close()


def test_new_keys_within_one_record_are_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "KEYS_PER_CHECK", 10)
    runs, now = Runs(), [0]
    shuffle = MapShuffle(Collected, 1, None, Budget(10, lambda: now[0]), runs)
    now[0] = 11
    for number in range(95):
        shuffle.sink.emit(str(number), number)
    assert shuffle.spills > 0
    (part,) = shuffle.finish()
    assert sorted(value for _, values in flat(part) for value in values) == list(range(95))
    runs.close()


@given(streams=st.lists(pairs, max_size=7), memory=st.sampled_from([1, 5000, 2**30]), sort_values=st.booleans())
def test_a_merge_that_is_narrowed_in_passes_gives_the_same(streams: Any, memory: int, *, sort_values: bool) -> None:
    runs = Runs(block_values=2)
    emitted = list(chain.from_iterable(streams))
    try:
        segments = []
        for stream in streams:
            found, _ = shuffled(lambda check: Collected(check, sort_values=sort_values), stream, set(), 1)
            block = Block([k for k, _ in found[0]], [len(v) for _, v in found[0]], [x for _, v in found[0] for x in v])
            segments += runs.write([[block]])
        few = narrowed(segments, runs, memory, sort_values=sort_values)
        assert len(few) <= len(segments)
        answer: list[Any] = []
        for part in merge(cursors(segment.blocks() for segment in few), sort_values=sort_values):
            if isinstance(part, Chunk):
                answer += [(key, sorted(values) if sort_values else list(values)) for key, values in part.grouped()]
            else:
                answer.append((part.key, list(part.values)))
    finally:
        runs.close()
    wanted = reference(emitted, 1)[0]
    assert repr(answer) == repr([(key, sorted(values) if sort_values else values) for key, values in wanted])


def test_values_stay_sorted_when_a_run_of_runs_is_merged_again() -> None:
    runs = Runs(block_values=3)
    segments = []
    for low in (3, 1, 2, 0):
        # Each segment's last keys differ, so that a key lies below the bound of one pass and on that of the next.
        block = Block(["a", "b", f"c{low}"], [2, 2, 1], [low, low + 4, low, low + 4, low])
        segments += runs.write([[block]])
    few = narrowed(segments, runs, 1, sort_values=True)
    for segment in few:
        for key, values in flat(segment.blocks()):
            assert values == sorted(values), key
    runs.close()


def test_narrowing_writes_blocks_of_many_keys() -> None:
    runs = Runs()
    segments = [
        segment
        for start in range(3)
        for segment in runs.write([[Block(list(range(start, 9000, 3)), None, ["x"] * 3000)]])
    ]
    written = max(narrowed(segments, runs, 1), key=lambda segment: segment.length)
    assert len(list(written.blocks())) < 100
    runs.close()


def test_an_aggregator_of_any_key_groups_as_the_shuffle_does() -> None:
    held: dict[Any, Any] = {}
    emit = Aggregator.emitter(Sum(), held)
    for key in (1, 1.0, True, "1"):
        emit(key, 1)
    assert list(held) == [admit(key) for key in (1, 1.0, True, "1")]
