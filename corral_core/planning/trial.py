"""Runs the job's real code over a sample, in this process and a temporary directory, to see how fast it is and how much
comes out of it.

::

    pieces of the input ──one map task──> segments ──one reduce task──> records for the next stage's map task ...
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from corral_core.engine import maptask, reducetask  # noqa: F401  (imported by the first task that needs it otherwise)
from corral_core.engine.answers import judge
from corral_core.engine.loading import load_ref
from corral_core.engine.usercode import folding
from corral_core.formats.compression import decompressor
from corral_core.planning.api import Sampled
from corral_core.planning.outlook import stage_blueprint
from corral_core.planning.pieces import pieces
from corral_core.planning.scenario import ALIKE, OTHER_CORE, TASK_SECONDS, Ratio, Scenario, StageScenario, assumed
from corral_core.storage.api import FileInfo
from corral_core.tasks import Split, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.engine.blueprint import Blueprint
    from corral_core.engine.setup import Setup
    from corral_core.executor import Executor
    from corral_core.job import Job
    from corral_core.tasks import Done, JobRef, Stats, Task

__all__ = ["Trial", "tried"]


class Trial(NamedTuple):
    """What a sample showed."""

    low: Scenario
    high: Scenario
    sampled: Sampled


class _Measured(NamedTuple):
    """One stage over its sample."""

    mapped: Done
    reduced: Done | None


def tried(setup: Setup, wanted: int, directory: str) -> Trial | None:
    """Run all stages over a sample of about ``wanted`` bytes; None when there is nothing to read.

    :param directory: where the sample's segments and outputs go.
    :raises TaskFailedError: when the job fails over it, as it would in a run.
    """
    sample = pieces(setup.files, wanted, lambda path: setup.input_format.splittable and decompressor(path) is None)
    if not sample:
        return None
    executor = setup.plugins.executor("inline").from_settings(setup.settings)
    ref = setup.job_ref(partial(_put, Path(directory)))
    executor.open(setup.bundle(ref))
    load_ref(ref, setup.options.storages)  # before the clock runs, as the imports here are
    try:
        stages = list(_stages(setup, ref, executor, sample, directory))
    finally:
        executor.close()
    return Trial(_scenario(setup, stages, well=True), _scenario(setup, stages, well=False), _sampled(stages))


def _put(directory: Path, name: str, data: bytes) -> str:
    (directory / name).write_bytes(data)
    return str(directory / name)


def _stages(
    setup: Setup, ref: JobRef, executor: Executor, sample: tuple[Split, ...], directory: str
) -> list[_Measured]:
    found: list[_Measured] = []
    files: Sequence[FileInfo] = setup.files
    for number in range(len(setup.source.jobs)):
        blueprint = stage_blueprint(setup, number, files, ref)
        found.append(_measured(executor, blueprint, sample, str(Path(directory, str(number)))))
        output = (found[-1].reduced or found[-1].mapped).output
        if output is None or not output.records:
            break
        files = [FileInfo(output.path, output.size)]
        sample = (Split(output.path, 0, output.size, output.size),)
    return found


def _measured(executor: Executor, blueprint: Blueprint, sample: tuple[Split, ...], directory: str) -> _Measured:
    mapping = blueprint.map_phase({}).task(0, 0)
    output = str(Path(directory, "output"))
    mapped = _done(
        executor,
        msgspec.structs.replace(
            mapping, splits=sample, work=directory, layout="single", output=None if mapping.partitions else output
        ),
    )
    if not mapping.partitions:
        return _Measured(mapped, None)
    reducing = blueprint.reduce_phase([mapped]).task(0, 0)
    segments = tuple(segment for segment in mapped.segments if segment is not None)
    reduced = _done(executor, msgspec.structs.replace(reducing, segments=segments, work=directory, output=output))
    return _Measured(mapped, reduced)


def _done(executor: Executor, task: Task) -> Done:
    answer = judge(task.id, executor.submit(encode(task)), 1)
    if isinstance(answer, tuple):
        raise answer.error
    return answer


def _sampled(stages: Sequence[_Measured]) -> Sampled:
    first = stages[0].mapped.stats
    both = (done for stage in stages for done in (stage.mapped, stage.reduced) if done is not None)
    return Sampled(first.bytes_in, first.records_in, sum(done.stats.seconds for done in both))


def _scenario(setup: Setup, stages: Sequence[_Measured], *, well: bool) -> Scenario:
    """What was measured; what a stage did not get to, because nothing came out of those before, is assumed."""
    jobs, remote = setup.source.jobs, setup.executor.capabilities.remote
    rest = assumed(len(jobs), 0.0, remote=remote)[0 if well else 1].stages[len(stages) :]
    measured = (_stage_scenario(job, stage, well=well) for job, stage in zip(jobs, stages, strict=False))
    return Scenario((*measured, *rest), TASK_SECONDS[remote][0 if well else 1])


def _stage_scenario(job: Job, stage: _Measured, *, well: bool) -> StageScenario:
    """If all goes well, the rest of the input has the sample's keys: who combines or reduces them writes no more, and
    what is not combined compresses better."""
    core = OTHER_CORE[0 if well else 1]
    mapped, reduced = stage.mapped.stats, stage.reduced.stats if stage.reduced else None
    map_speed = core * _speed(mapped)
    out = _over(mapped.bytes_out, mapped.bytes_in)
    if reduced is None:
        return StageScenario(map_speed, map_speed, Ratio(0), Ratio(out))
    combines = job.combiner is not None or folding(job) is not None
    return StageScenario(
        map_speed,
        core * _speed(reduced),
        Ratio(out, mapped.bytes_in, again=(0 if combines else ALIKE) if well else 1),
        Ratio(_over(reduced.bytes_out, reduced.bytes_in), reduced.bytes_in, again=0 if well else 1),
    )


def _speed(stats: Stats) -> float:
    """Bytes a second; of nothing, which takes no time at any speed, 1."""
    return stats.bytes_in / stats.seconds if stats.bytes_in else 1.0


def _over(amount: int, by: int) -> float:
    return amount / by if by else 1.0
