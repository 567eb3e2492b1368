from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.planner import LEAST_TASK, Sizes, StagePlan, layout_of, plan_stage
from corral_core.storage.api import FileInfo

MIB = 2**20
DEFAULTS = Sizes(100 * MIB, 512 * MIB, 512 * MIB)


def plan(sizes: list[int], of: Sizes = DEFAULTS, *, slots: int | None = 4, reducers: int | None = None) -> StagePlan:
    files = [FileInfo(str(number), size) for number, size in enumerate(sizes)]
    return plan_stage(files, of, slots=slots, reducers=reducers, reduces=True, splittable=lambda path: True)


@given(
    sizes=st.lists(st.integers(0, 10**4), min_size=1),
    split=st.integers(1, 10**4),
    map_bin=st.integers(1, 10**4),
    slots=st.one_of(st.none(), st.integers(1, 20)),
)
def test_a_plan_reads_every_byte_once_within_the_sizes_that_were_set(
    *, sizes: list[int], split: int, map_bin: int, slots: int | None
) -> None:
    planned = plan(sizes, Sizes(split, map_bin, 100, fixed_split=True, fixed_map_bin=True), slots=slots)
    read: dict[str, int] = {}
    for packed in planned.bins:
        assert sum(part.length for part in packed) <= map_bin
        for part in packed:
            assert part.start == read.get(part.path, 0)
            assert part.length <= split
            read[part.path] = part.end
    assert read == {str(number): size for number, size in enumerate(sizes)}
    assert planned.bytes == sum(sizes)


def test_an_executor_with_few_slots_gets_work_for_all_of_them() -> None:
    planned = plan([40 * MIB])
    assert (len(planned.bins), planned.reducers) == (4, 4)


def test_an_executor_without_a_number_of_slots_gets_the_largest_tasks() -> None:
    planned = plan([1000 * MIB], slots=None)
    assert (len(planned.bins), planned.reducers) == (2, 2)


def test_a_tiny_input_is_one_task_whatever_the_slots() -> None:
    planned = plan([LEAST_TASK // 2, 3], slots=64)
    assert (len(planned.bins), planned.reducers) == (1, 1)


def test_sizes_that_were_set_are_kept_for_any_number_of_slots() -> None:
    fixed = Sizes(100 * MIB, 512 * MIB, 20 * MIB, fixed_split=True, fixed_map_bin=True, fixed_reduce_bin=True)
    planned = plan([90 * MIB], fixed, slots=8)
    assert (len(planned.bins), planned.reducers) == (1, 5)


def test_the_number_of_reducers_that_was_asked_for_is_kept() -> None:
    assert plan([0], reducers=7).reducers == 7


def test_a_stage_without_a_reducer_has_none() -> None:
    none = plan_stage([FileInfo("f", 9)], DEFAULTS, slots=1, reducers=5, reduces=False, splittable=lambda path: True)
    assert none.reducers == 0


@pytest.mark.parametrize("sizes", [[0], [0, 0], [1]])
def test_an_input_of_next_to_nothing_still_has_a_mapper_and_a_reducer(sizes: list[int]) -> None:
    planned = plan(sizes)
    assert (len(planned.bins), planned.reducers) == (1, 1)


def test_a_stage_without_files_has_no_mappers_and_one_reducer() -> None:
    planned = plan([])
    assert (planned.bins, planned.reducers) == ([], 1)


def test_a_file_that_cannot_be_split_goes_to_one_mapper() -> None:
    planned = plan_stage(
        [FileInfo("a.gz", 5000), FileInfo("b", 5000)],
        Sizes(1000, 2000, 100, fixed_split=True, fixed_map_bin=True),
        slots=None,
        reducers=None,
        reduces=True,
        splittable=lambda path: not path.endswith(".gz"),
    )
    assert [[(part.path, part.length) for part in packed] for packed in planned.bins] == [
        [("a.gz", 5000)],
        [("b", 1000), ("b", 1000)],
        [("b", 1000), ("b", 1000)],
        [("b", 1000)],
    ]


@pytest.mark.parametrize(
    ("setting", "mappers", "reducers", "local", "layout"),
    [
        ("auto", 10, 100, True, "files"),
        ("auto", 10, 101, True, "single"),
        ("auto", 1, 1, False, "single"),
        ("files", 100, 100, False, "files"),
        ("single", 1, 1, True, "single"),
    ],
    ids=["few local files", "many local files", "an object store", "files, as asked", "single, as asked"],
)
def test_segments_are_files_where_those_are_cheap_and_few(
    *, setting: Literal["auto", "files", "single"], mappers: int, reducers: int, local: bool, layout: str
) -> None:
    plan = StagePlan([()] * mappers, reducers, 0)
    assert layout_of(setting, plan, local=local) == layout
