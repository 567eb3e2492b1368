"""Cutting a map task, time and again, down to single records: nothing is lost, nothing comes twice."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine import cutting
from corral_core.engine.cutting import cut
from corral_core.formats.api import FormatOptions, InputFormat, Source
from corral_core.formats.jsonl import JsonLinesInput
from corral_core.formats.kv import KeyValueInput
from corral_core.formats.text import TextInput
from corral_core.tasks import Split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Splits = tuple[Split, ...]
FORMATS: dict[str, type[InputFormat]] = {"text": TextInput, "kv": KeyValueInput, "jsonl": JsonLinesInput}
ENDS = st.sampled_from([b"\n", b"\r\n"])
TEXTS = st.lists(st.tuples(st.text("ab\té", max_size=9), ENDS), max_size=12)


class Files:
    """Files in memory, read with a real reader."""

    def __init__(self, reader: type[InputFormat], contents: Sequence[bytes]) -> None:
        self._reader, self._contents = reader, {f"in-{n}": data for n, data in enumerate(contents)}

    def whole(self) -> Splits:
        return tuple(Split(path, 0, len(data), len(data)) for path, data in self._contents.items() if data)

    def _batches(self, split: Split) -> list[tuple[list[tuple[object, object]], list[int | None]]]:
        data = self._contents[split.path]
        source = Source(split.path, split.start, split.end, split.size, lambda offset: io.BytesIO(data[offset:]))
        return [
            (list(batch.pairs()), [batch.offset_of(index) for index in range(len(batch))])
            for batch in self._reader(FormatOptions()).read(source)
        ]

    def records(self, splits: Splits) -> list[tuple[object, object]]:
        return [pair for split in splits for pairs, _ in self._batches(split) for pair in pairs]

    def offsets(self, split: Split) -> list[int]:
        return [at for _, offsets in self._batches(split) for at in offsets if at is not None]

    def cut(self, splits: Splits) -> tuple[Splits, Splits] | None:
        return cut(splits, lambda path: True, self.offsets)


def encoded(reader: str, lines: list[tuple[str, bytes]]) -> bytes:
    if reader == "jsonl":
        return b"".join(b'"%d"' % len(text) + end for text, end in lines)
    return b"".join(text.encode() + end for text, end in lines)


@pytest.mark.parametrize("look", [0, 5, 2**20], ids=["unseen", "both", "seen"])
@pytest.mark.parametrize("reader", FORMATS)
@given(contents=st.lists(TEXTS, min_size=1, max_size=3), random=st.randoms(use_true_random=False))
def test_any_cuts_leave_every_record_once_and_in_order(
    reader: str, look: int, contents: list[list[tuple[str, bytes]]], random: Random
) -> None:
    files = Files(FORMATS[reader], [encoded(reader, lines) for lines in contents])
    pieces = [files.whole()]
    whole = files.records(pieces[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "LOOK", look)
        for _ in range(8):
            at = random.randrange(len(pieces))
            halves = files.cut(pieces[at])
            if halves is not None:
                assert all(halves), "a part of a task that was cut has something to read"
                pieces[at : at + 1] = halves
    assert [record for piece in pieces for record in files.records(piece)] == whole


@pytest.mark.parametrize("reader", FORMATS)
@given(lines=TEXTS)
def test_cuts_end_with_single_records(reader: str, lines: list[tuple[str, bytes]]) -> None:
    files = Files(FORMATS[reader], [encoded(reader, lines)] * 2)
    todo, singles = [files.whole()], list[Splits]()
    while todo:
        piece = todo.pop()
        halves = files.cut(piece)
        if halves is None:
            singles.append(piece)
        else:
            todo += reversed(halves)
    assert all(len(files.records(piece)) <= 1 for piece in singles)
    assert [record for piece in singles for record in files.records(piece)] == files.records(files.whole())


def test_a_task_is_cut_between_its_splits_first_where_both_parts_are_most_alike() -> None:
    splits = tuple(Split(f"in-{n}", 0, size, size) for n, size in enumerate([1, 1, 1, 9, 3]))
    assert cut(splits, lambda path: False, lambda split: []) == (splits[:3], splits[3:])


@pytest.mark.parametrize("at", [(5, 1), (1, 5)])
def test_each_part_has_something_whatever_the_sizes(at: tuple[int, int]) -> None:
    splits = tuple(Split(f"in-{n}", 0, size, size) for n, size in enumerate(at))
    assert cut(splits, lambda path: False, lambda split: []) == (splits[:1], splits[1:])


@pytest.mark.parametrize(
    ("splits", "can_split", "offsets"),
    [
        ((), True, []),
        ((Split("in.gz", 0, 9, 9),), False, [0, 3]),
        ((Split("in", 0, 9, 9),), True, [0]),
        ((Split("in", 5, 9, 9),), True, []),
    ],
    ids=["nothing", "compressed", "one record", "no record"],
)
def test_what_can_t_be_cut_is_not(splits: Splits, can_split: bool, offsets: list[int]) -> None:
    assert cut(splits, lambda path: can_split, lambda split: offsets) is None


def test_a_large_split_is_cut_in_its_middle_and_not_read() -> None:
    split = Split("in", 100, 100 + 2**21, 2**22)

    def unread(split: Split) -> list[int]:
        raise AssertionError("it was read")

    halves = cut((split,), lambda path: True, unread)
    assert halves == ((Split("in", 100, 100 + 2**20, 2**22),), (Split("in", 100 + 2**20, 100 + 2**21, 2**22),))


def test_a_record_that_is_most_of_a_split_gets_a_part_of_its_own() -> None:
    """The others go together, since they are not what was too much."""
    split = Split("in", 0, 1000, 1000)
    assert cut((split,), lambda path: True, lambda _: [0, 900, 950]) == (
        (Split("in", 0, 900, 1000),),
        (Split("in", 900, 1000, 1000),),
    )
