"""What a stage's tasks look like, out of a real set-up of a run that never begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver, Job, Sum
from corral_core.engine.blueprint import Blueprint
from corral_core.engine.setup import Setup, prepared
from corral_core.engine.source import source_of
from corral_core.engine.taskio import STAGE_INPUT
from corral_core.settings import load_settings
from corral_core.tasks import Done, JobRef, Output, Split, Stats, TaskId

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Bench


def mapper(key: str, value: str) -> list[tuple[str, int]]:
    return [(value, 1)]


REF = JobRef("module", "m")
LINES, COUNT = Job(mapper), Job(mapper, Sum(), reducers=2)
DATA = b"aa\nbb\ncc\n\xff\ndd\n"


class Draft:
    """A blueprint of one stage over one file of five lines, the fourth of which is not UTF-8."""

    def __init__(self, bench: Bench, job: Job, *, number: int = 0, last: bool = True, **options: Any) -> None:
        self.out: Path = bench.folder()
        (self.input,) = bench.write([DATA], [options.pop("name", "in.txt")])
        options = {"executor": "inline", "working_location": str(self.out), **options}
        self.setup: Setup = prepared(source_of(Driver(job)), [self.input], load_settings(options=options))
        self.work = self.setup.folder.stage(number)
        self.blueprint = Blueprint(self.setup, REF, number, job, self.setup.files, last=last)


def done(number: int, path: str, records: int = 1) -> Done:
    return Done(TaskId("run", 0, "map", number), Stats(), {}, output=Output(path, 5, records, ""))


def test_a_map_task_for_reducers_leaves_segments_in_the_run_s_folder(bench: Bench) -> None:
    draft = Draft(bench, COUNT, split_size=6, map_bin_size=6)
    phase = draft.blueprint.map_phase({})
    assert phase.count == 3
    task = phase.task(1, 2)
    assert (task.id, task.job) == (TaskId(draft.setup.folder.run, 0, "map", 1, 2), REF)
    assert (task.splits, task.partitions) == (draft.blueprint.plan.bins[1], 2)
    assert (task.work, task.output, task.layout) == (draft.work, None, "files")


@pytest.mark.parametrize(("last", "typed"), [(True, False), (False, True)], ids=["last", "between"])
@pytest.mark.parametrize("job", [LINES, COUNT], ids=["mapper", "reducer"])
def test_only_the_last_stage_writes_where_users_look(bench: Bench, job: Job, last: bool, typed: bool) -> None:
    draft = Draft(bench, job, last=last)
    phase = draft.blueprint.reduce_phase([]) if job is COUNT else draft.blueprint.map_phase({})
    task = phase.task(0, 3)
    where = draft.out / "output-0" if last else f"{draft.work}/part-0.3"
    assert (task.output, task.typed_output) == (str(where), typed)


def test_a_piece_writes_records_to_be_joined(bench: Bench) -> None:
    draft = Draft(bench, LINES)
    phase = draft.blueprint.map_phase({})
    pieces = phase.halve(0)
    assert pieces is not None
    assert [phase.task(n, 0).output for n in pieces.numbers] == [f"{draft.work}/part-{n}.0" for n in (1, 2)]
    assert phase.task(1, 0).typed_output
    joining = draft.blueprint.join_phase(phase, {1: done(1, "part-1"), 2: done(2, "part-2", records=0)})
    task = joining.task(0, 0)
    assert task.copies
    assert task.options.input_format == STAGE_INPUT
    assert (task.output, task.typed_output) == (str(draft.out / "output-0"), False)
    assert task.splits == (Split("part-1", 0, 5, 5),), "a part without records is nothing to read"


def test_cuts_of_an_earlier_driver_are_made_again(bench: Bench) -> None:
    draft = Draft(bench, LINES)
    first = draft.blueprint.map_phase({})
    first.halve(0)
    later = draft.blueprint.map_phase(first.cuts)
    assert later.cuts == first.cuts
    assert [later.splits(n) for n in (1, 2)] == [first.splits(n) for n in (1, 2)]


def test_a_task_is_cut_where_records_begin_as_far_as_they_can_be_read(bench: Bench) -> None:
    phase = Draft(bench, COUNT).blueprint.map_phase({})
    pieces = phase.halve(0)
    assert pieces is not None
    ((first,), (second,)) = pieces.splits
    assert first.end == second.start
    assert first.end in (3, 6)


@pytest.mark.parametrize(("name", "number"), [("in.gz", 0), ("in.txt", 1)], ids=["compressed", "of a later stage"])
def test_what_is_read_whole_is_not_cut(bench: Bench, name: str, number: int) -> None:
    draft = Draft(bench, COUNT, number=number, name=name, split_size=3)
    phase = draft.blueprint.map_phase({})
    assert (phase.count, phase.halve(0)) == (1, None)


def test_a_later_stage_reads_records(bench: Bench) -> None:
    task = Draft(bench, COUNT, number=1).blueprint.map_phase({}).task(0, 0)
    assert task.options.input_format == STAGE_INPUT
