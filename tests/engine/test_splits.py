from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.splits import pack_bins, split_file
from corral_core.storage.api import FileInfo
from corral_core.tasks import Split


@given(size=st.integers(0, 2000), most=st.integers(1, 3000))
def test_splits_cover_a_file_once_and_are_even_and_small_enough(size: int, most: int) -> None:
    splits = split_file(FileInfo("f", size), most)
    assert [split.start for split in splits] == [0, *(split.end for split in splits[:-1])]
    assert splits[-1].end == size
    assert len(splits) == max(1, -(-size // most))
    lengths = {split.length for split in splits}
    assert max(lengths) <= most
    assert max(lengths) - min(lengths) <= 1
    assert {(split.path, split.size) for split in splits} == {("f", size)}


@given(size=st.integers(0, 2000), most=st.integers(1, 3000))
def test_a_file_that_cannot_be_split_is_one_split(size: int, most: int) -> None:
    assert split_file(FileInfo("f", size), most, splittable=False) == [Split("f", 0, size, size)]


@given(lengths=st.lists(st.integers(0, 50)), most=st.integers(1, 60))
def test_bins_hold_the_splits_in_order_and_overflow_only_with_one_alone(lengths: list[int], most: int) -> None:
    splits = [Split(str(number), 0, length, length) for number, length in enumerate(lengths)]
    bins = pack_bins(splits, most)
    assert [split for packed in bins for split in packed] == splits
    totals = [sum(split.length for split in packed) for packed in bins]
    assert all(total <= most or len(packed) == 1 for total, packed in zip(totals, bins, strict=True))
    # Next fit: a bin was closed only because the next split did not fit.
    assert all(total + packed[0].length > most for total, packed in zip(totals, bins[1:], strict=False))
