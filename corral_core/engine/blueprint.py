"""What the tasks of a stage look like: which there are, what each reads, where each leaves what it writes."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.cutting import cut
from corral_core.engine.phase import JoinPhase, MapPhase, ReducePhase
from corral_core.engine.planner import layout_of, plan_stage
from corral_core.engine.taskio import STAGE_INPUT, storage_of
from corral_core.errors import DataError
from corral_core.formats.api import FormatOptions
from corral_core.formats.compression import decompressor
from corral_core.formats.source import open_split
from corral_core.tasks import MapTask, ReduceTask, Split, TaskId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from corral_core.engine.phase import Pieces
    from corral_core.engine.setup import Setup
    from corral_core.job import Job
    from corral_core.storage.api import FileInfo
    from corral_core.tasks import Done, JobRef, Output, Phase, TaskOptions

__all__ = ["Blueprint"]


class Blueprint:
    """A stage's phases.

    :param number: of the stage.
    :param files: its input.
    :param last: its outputs are the run's.
    """

    def __init__(
        self, setup: Setup, ref: JobRef, number: int, job: Job, files: Sequence[FileInfo], *, last: bool
    ) -> None:
        self._setup, self._ref, self._number, self._last = setup, ref, number, last
        self._splits_files = number == 0 and setup.input_format.splittable
        self._work = setup.folder.stage(number)
        self.plan = plan_stage(
            files,
            setup.sizes,
            slots=setup.slots,
            reducers=job.reducers or setup.settings.core.reducers,
            reduces=job.reducer is not None,
            splittable=self._splittable,
        )

    def map_phase(self, cuts: Mapping[int, Pieces]) -> MapPhase:
        """:param cuts: those that earlier drivers made."""
        setup, plan = self._setup, self.plan
        pattern = MapTask(
            id=self._id("map"),
            job=self._ref,
            splits=(),
            partitions=plan.reducers,
            work=self._work,
            options=setup.options if self._number == 0 else _reading_records(setup.options),
            layout=layout_of(setup.settings.core.shuffle_layout, plan, local=setup.location.storage.local),
        )
        output = None if plan.reducers else self._output
        halves = partial(cut, can_split=self._splittable, offsets=self._offsets)
        phase = MapPhase(pattern, plan.bins, output, halves)
        for number, pieces in cuts.items():
            phase.restore(number, pieces)
        return phase

    def join_phase(self, mapping: MapPhase, done: Mapping[int, Done]) -> JoinPhase:
        """Where mappers write the run's outputs: one of each that was cut."""
        pattern = msgspec.structs.replace(
            self.map_phase({}).pattern, copies=True, options=_reading_records(self._setup.options)
        )
        joins = {
            number: _whole(done[piece].output for piece in mapping.leaves(number))
            for number in mapping.cuts
            if number < mapping.count
        }
        return JoinPhase(pattern, mapping.count, joins, self._output)

    def reduce_phase(self, mapped: Sequence[Done]) -> ReducePhase:
        """:param mapped: the answers of the map phase, in order."""
        pattern = ReduceTask(self._id("reduce"), self._ref, (), self._work, self._setup.options, "")
        return ReducePhase(pattern, self.plan.reducers, mapped, self._output)

    def _id(self, phase: Phase) -> TaskId:
        return TaskId(self._setup.folder.run, self._number, phase, 0, session=self._setup.session)

    def _output(self, task: TaskId) -> tuple[str, bool]:
        """Where an attempt leaves its output, and whether records keep their types there."""
        piece = task.phase == "map" and task.index >= len(self.plan.bins)
        if self._last and not piece:
            return self._setup.location.output(task.index), False
        return self._setup.location.storage.join(self._work, f"part-{task.index}.{task.label}"), True

    def _splittable(self, path: str) -> bool:
        return self._splits_files and decompressor(path) is None

    def _offsets(self, split: Split) -> list[int]:
        """Where the records of a split begin, as far as it can be read: what is wrong with it, its task tells."""
        options = self._setup.options
        reader = self._setup.input_format(FormatOptions(options.encoding, options.max_record_size))
        batches = reader.read(open_split(storage_of(split.path, options), split))
        found: list[int | None] = []
        with suppress(DataError, OSError):
            for batch in batches:
                found += map(batch.offset_of, range(len(batch)))
        return [offset for offset in found if offset is not None]


def _reading_records(options: TaskOptions) -> TaskOptions:
    return msgspec.structs.replace(options, input_format=STAGE_INPUT)


def _whole(outputs: Iterable[Output | None]) -> tuple[Split, ...]:
    return tuple(Split(output.path, 0, output.size, output.size) for output in outputs if output and output.records)
