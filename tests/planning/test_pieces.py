from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corral_core.planning.pieces import LEAST, MOST, pieces
from corral_core.storage.api import FileInfo

MIB = 2**20
inputs = st.lists(st.tuples(st.integers(0, 40 * MIB), st.booleans()), max_size=8)


@given(inputs, st.integers(1, 300 * MIB))
def test_no_byte_is_taken_twice_and_no_file_is_left_behind_its_end(some: list[tuple[int, bool]], wanted: int) -> None:
    files = [FileInfo(f"{number}.{'gz' if packed else 'txt'}", size) for number, (size, packed) in enumerate(some)]
    found = pieces(files, wanted, lambda path: path.endswith("txt"))
    sizes = {file.path: file.size for file in files}
    ends: dict[str, int] = {}
    for split in found:
        assert ends.get(split.path, 0) <= split.start < split.end <= sizes[split.path] == split.size
        ends[split.path] = split.end
        assert split.path.endswith("txt") or (split.start, split.end) == (0, split.size)
    taken, total = sum(split.length for split in found), sum(sizes.values())
    assert min(wanted, total) - MOST < taken
    if not any(packed for _, packed in some):
        assert taken <= wanted


def test_pieces_are_spread_over_the_input() -> None:
    found = pieces([FileInfo("a.txt", 100 * MIB)], 4 * LEAST, lambda _: True)
    assert [split.start for split in found] == [0, 25 * MIB, 50 * MIB, 75 * MIB]
    assert {split.length for split in found} == {LEAST}


def test_many_small_files_make_up_a_sample_together() -> None:
    found = pieces([FileInfo(f"{n}.txt", 1000) for n in range(1000)], 50_000, lambda _: True)
    assert sum(split.length for split in found) == 50_000


def test_there_is_no_sample_of_nothing() -> None:
    assert pieces([], 10, lambda _: True) == ()
    assert pieces([FileInfo("empty", 0)], 10, lambda _: True) == ()
