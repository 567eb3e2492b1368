from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from corral_core.report.api import Attempts
from corral_core.report.columns import OUTCOMES, AttemptLog
from corral_core.tasks import Done, Split, Stats, TaskId

numbers = st.integers(0, 2**40)
splits = st.lists(st.builds(Split, st.sampled_from("abc"), numbers, numbers, numbers), max_size=3).map(tuple)
tasks = st.builds(
    TaskId,
    st.just("run"),
    st.integers(0, 9),
    st.sampled_from(["map", "reduce"]),
    st.integers(0, 2**30),
    st.integers(0, 5000),
    st.integers(0, 9),
)
stats = st.builds(Stats, numbers, numbers, numbers, numbers, st.integers(0, 99), st.floats(0, 1e6), numbers, numbers)
attempts = st.tuples(tasks, st.sampled_from(OUTCOMES), stats, splits, st.booleans())


def of(log: AttemptLog) -> Attempts:
    return msgspec.json.decode(b"".join(log.encoded()), type=Attempts)


@given(st.lists(attempts, max_size=20))
def test_what_goes_in_comes_out(added: list[tuple[TaskId, object, Stats, tuple[Split, ...], bool]]) -> None:
    log = AttemptLog()
    for row, (task, outcome, figures, reads, backup) in enumerate(added):
        done = Done(task, figures, {}) if outcome == "won" else None
        assert log.add(task, outcome, done, (1.0, 2.5), backup=backup, splits=reads) == row  # type: ignore[arg-type]  # (drawn)
    found = of(log)
    assert found.task == [task.index for task, *_ in added]
    assert found.phase == [task.phase for task, *_ in added]
    assert found.outcome == [outcome for _, outcome, *_ in added]
    assert found.bytes_in == [figures.bytes_in * (outcome == "won") for _, outcome, figures, *_ in added]
    assert found.backup == [backup for *_, backup in added]
    assert found.splits == [len(reads) for *_, reads, _ in added]
    named = [(log.files[at], start) for at, start in zip(found.file, found.start, strict=True) if at >= 0]
    assert named == [(reads[0].path, reads[0].start) for *_, reads, _ in added if reads]


@given(st.lists(attempts, max_size=10), st.lists(attempts, max_size=10))
def test_what_is_recalled_stands_before_what_comes_then(
    first: list[tuple[TaskId, object, Stats, tuple[Split, ...], bool]],
    second: list[tuple[TaskId, object, Stats, tuple[Split, ...], bool]],
) -> None:
    whole, early, late = AttemptLog(), AttemptLog(), AttemptLog()
    for task, _, figures, reads, _ in first:
        for log in (whole, early):
            log.add(task, "won", Done(task, figures, {}), splits=reads)
    late.recall(of(early), early.files)
    for task, _, _, reads, _ in second:
        for log in (whole, late):
            log.add(task, "failed", None, (0.5, 1.0), splits=reads)
    assert of(late) == of(whole)
    assert late.files == whole.files


def test_a_time_that_nobody_knows_is_null() -> None:
    log = AttemptLog()
    log.add(TaskId("run", 0, "map", 0), "won", None)
    assert (of(log).began, of(log).ended) == ([None], [None])
