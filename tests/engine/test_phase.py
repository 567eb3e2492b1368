from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.phase import ATTEMPTS_A_ROUND, JoinPhase, MapPhase, Pieces, ReducePhase
from corral_core.tasks import Done, JobRef, MapTask, Output, ReduceTask, SegmentRef, Split, Stats, TaskId, TaskOptions

if TYPE_CHECKING:
    from random import Random

Splits = tuple[Split, ...]
OPTIONS = TaskOptions("formats:In", "formats:Out")
MAPPING = MapTask(TaskId("run", 2, "map", 0, session=3), JobRef("module", "m"), (), 0, "work", OPTIONS)
REDUCING = ReduceTask(TaskId("run", 2, "reduce", 0), JobRef("module", "m"), (), "work", OPTIONS, "")


def split(start: int, end: int) -> Split:
    return Split("in", start, end, 10**6)


def halves(splits: Splits) -> tuple[Splits, Splits] | None:
    (one,) = splits
    middle = (one.start + one.end) // 2
    return ((split(one.start, middle),), (split(middle, one.end),)) if one.length > 1 else None


def output(task: TaskId) -> tuple[str, bool]:
    return f"output-{task.index}.{task.label}", task.index > 100


def mapping(*sizes: int) -> MapPhase:
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    bins = [(split(start, start + size),) for start, size in zip(starts, sizes, strict=True)]
    return MapPhase(MAPPING, bins, output, halves)


def done(number: int, *segments: SegmentRef | None, output: Output | None = None) -> Done:
    return Done(TaskId("run", 2, "map", number), Stats(), {}, segments=segments, output=output)


def test_a_map_task_reads_its_bin_and_leaves_what_it_writes_under_its_own_name() -> None:
    phase = mapping(3, 4)
    task = phase.task(1, 5)
    assert (task.id, task.splits) == (TaskId("run", 2, "map", 1, 5, 3), (split(3, 7),))
    assert (task.output, task.typed_output, task.work) == ("output-1.3.5", False, "work")
    assert phase.weights() == [3, 4]
    assert phase.reads(1) == "in, bytes 3 to 7"


def test_a_map_task_of_several_splits_reads_no_one_thing() -> None:
    assert MapPhase(MAPPING, [(split(0, 1), split(4, 6))], None, halves).reads(0) is None
    assert ReducePhase(REDUCING, 1, [], output).reads(0) is None


def test_a_map_task_for_reducers_has_no_output() -> None:
    phase = MapPhase(MAPPING, [(split(0, 1),)], None, halves)
    assert phase.task(0, 0).output is None


def test_a_phase_that_runs_again_gives_its_attempts_other_names() -> None:
    phase = mapping(1)
    phase.rounds = 2
    assert phase.id(0, 1).attempt == 2 * ATTEMPTS_A_ROUND + 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_answers_of_pieces_stand_where_their_task_stood_and_read_all_that_it_read(
    sizes: list[int], random: Random
) -> None:
    phase = mapping(*sizes)
    numbers = list(range(len(sizes)))
    for _ in range(random.randrange(12)):
        number = random.choice(numbers)
        pieces = phase.halve(number)
        if pieces is not None:
            numbers.remove(number)
            numbers += pieces.numbers
    assert len(numbers) == len(sizes) + len(phase.cuts)
    order = [answer.id.index for answer in phase.in_order({number: done(number) for number in numbers})]
    assert sorted(order) == sorted(numbers)
    read = [part for number in order for part in phase.splits(number)]
    assert [part.start for part in read] == [0, *(part.end for part in read[:-1])]
    assert read[-1].end == sum(sizes)


@given(st.randoms(use_true_random=False))
def test_restored_cuts_are_the_same_cuts(random: Random) -> None:
    phase, later = mapping(9, 9, 9), mapping(9, 9, 9)
    open_ = [0, 1, 2]
    for _ in range(6):
        number = random.choice(open_)
        if (pieces := phase.halve(number)) is not None:
            open_.remove(number)
            open_ += pieces.numbers
    for number, pieces in phase.cuts.items():
        later.restore(number, pieces)
    answers = {number: done(number) for number in open_}
    assert later.in_order(answers) == phase.in_order(answers)
    assert [later.splits(number) for number in open_] == [phase.splits(number) for number in open_]
    fresh = next(number for number in open_ if halves(later.splits(number)))
    cut = later.halve(fresh)
    assert cut is not None
    assert set(cut.numbers).isdisjoint({*open_, *phase.cuts}), "a new piece has a number of its own"


def test_what_can_t_be_cut_stays_whole() -> None:
    phase = mapping(1)
    assert phase.halve(0) is None
    assert phase.cuts == {}
    reducing = ReducePhase(REDUCING, 1, [], output)
    assert reducing.halve(0) is None


def test_a_join_copies_the_pieces_of_each_task_that_was_cut_in_their_order() -> None:
    parts = (Split("part-3", 0, 5, 5), Split("part-4", 0, 2, 2))
    phase = JoinPhase(MAPPING, 3, {1: parts}, lambda task: (f"output-{task.index}", True))
    task = phase.task(1, 0)
    assert (task.splits, task.output, task.typed_output) == (parts, "output-1", False)
    assert phase.weights() == [0, 7, 0]
    assert phase.in_order({0: done(0), 1: done(1), 2: done(2)}) == [done(1)]


def test_a_reducer_reads_its_segment_of_each_mapper_in_the_order_of_the_input() -> None:
    first, second, third = (SegmentRef(f"map-{n}", 0, n + 1, 1) for n in range(3))
    phase = ReducePhase(REDUCING, 2, [done(0, first, None), done(7, second, third), done(1, None, None)], output)
    assert phase.task(0, 0).segments == (first, second)
    assert phase.task(1, 4).segments == (third,)
    assert phase.task(1, 4).output == "output-1.4"
    assert phase.weights() == [3, 3]
    assert [answer.id.index for answer in phase.in_order({1: done(1), 0: done(0)})] == [0, 1]


def test_pieces_name_two_tasks() -> None:
    phase = mapping(2)
    assert phase.halve(0) == Pieces((1, 2), ((split(0, 1),), (split(1, 2),)))
