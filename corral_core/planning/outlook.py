"""From a set-up and a scenario to what the run would take. Nothing is read, and nothing is written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from corral_core.engine.blueprint import Blueprint
from corral_core.planning.api import Outlook, PhaseOutlook, StageOutlook
from corral_core.prices import Work
from corral_core.storage.api import FileInfo
from corral_core.storage.resolve import storage_for
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corral_core.engine.setup import Setup
    from corral_core.job import Job
    from corral_core.planning.scenario import Scenario, StageScenario

__all__ = ["outlook", "slots_of", "stage_blueprint"]

_DRIVER = {"GET": 1, "HEAD": 7, "LIST": 6, "PUT": 7}
"""What the driver of a small run asks of a store, for one input of one file: counted on corral's own S3 of one machine.
Longer runs add a PUT for their journal now and then, more inputs their own looks and lists."""


NOWHERE = JobRef("pickle", "")
"""Of a job that nobody is to load."""


def outlook(setup: Setup, scenario: Scenario) -> Outlook:
    """What comes of a scenario."""
    files: Sequence[FileInfo] = setup.files
    stages: list[_Stage] = []
    for number, job in enumerate(setup.source.jobs):
        stages.append(_Stage(setup, scenario, number, job, files))
        files = stages[-1].outputs()
    requests: Counter[str] = Counter()
    for stage in stages:
        requests.update(stage.requests())
    work = Work(sum(stage.tasks for stage in stages), sum(stage.worker_seconds for stage in stages))
    driver = _driver_requests(setup)
    cost = setup.bill().cost(work, requests + Counter(driver))
    told = tuple(stage.told() for stage in stages)
    return Outlook(
        stages=told,
        tasks=work.attempts,
        seconds=sum(phase.seconds for stage in told for phase in (stage.map, stage.reduce) if phase is not None),
        worker_seconds=work.seconds,
        requests=dict(sorted(requests.items())),
        driver_requests=driver,
        cost=cost.items,
        dollars=cost.total,
    )


def stage_blueprint(setup: Setup, number: int, files: Sequence[FileInfo], ref: JobRef = NOWHERE) -> Blueprint:
    """A stage over these files, as the run would make it.

    :param ref: where its tasks find the job, if any of them is to run.
    """
    jobs = setup.source.jobs
    return Blueprint(setup, ref, number, jobs[number], files, last=number == len(jobs) - 1)


def slots_of(setup: Setup) -> int:
    """Tasks at once, at most."""
    core, can = setup.settings.core, setup.executor.capabilities
    return min(core.max_concurrency, can.slots or core.max_concurrency)


class _Stage:
    """A stage, reckoned through."""

    def __init__(self, setup: Setup, scenario: Scenario, number: int, job: Job, files: Sequence[FileInfo]) -> None:
        self._setup, self._scenario, self._job = setup, scenario, job
        self._rates: StageScenario = scenario.stages[number]
        blueprint = stage_blueprint(setup, number, files)
        self._plan = blueprint.plan
        self._pattern = blueprint.map_phase({}).pattern
        self._work = setup.folder.stage(number)
        mappers, reducers = len(self._plan.bins), self._plan.reducers
        self._shuffled = self._rates.shuffled.of(self._plan.bytes, mappers) if reducers else 0
        self._out = self._rates.output.of(self._shuffled if reducers else self._plan.bytes, 1)
        self.tasks = mappers + reducers

    @property
    def worker_seconds(self) -> float:
        return sum(self._map_seconds()) + sum(self._reduce_seconds())

    def outputs(self) -> list[FileInfo]:
        """What the next stage reads."""
        count = self._plan.reducers or len(self._plan.bins)
        join = self._setup.location.storage.join
        return [FileInfo(join(self._work, f"part-{n}"), size) for n, size in enumerate(_shares(self._out, count))]

    def requests(self) -> Counter[str]:
        """Of its tasks. Each segment is taken for one that is not empty."""
        asked: Counter[str] = Counter()
        storage, mappers = self._setup.location.storage, len(self._plan.bins)
        for split in (split for splits in self._plan.bins for split in splits):
            # A split that begins within a file looks at the byte before it, for the end of a line.
            ahead = 1 if split.start else 0
            asked.update(storage_for(split.path, self._setup.options.storages).asked_to_read(split.length + ahead))
        if not self._plan.reducers:
            asked.update(_written(storage.asked_to_write, self._out, mappers))
            return asked
        segments = self._plan.reducers * mappers
        objects = mappers if self._pattern.layout == "single" else segments
        asked.update(_written(storage.asked_to_write, self._shuffled, objects))
        asked.update(storage.asked_to_fetch(segments))
        asked.update(_written(storage.asked_to_write, self._out, self._plan.reducers))
        return asked

    def told(self) -> StageOutlook:
        return StageOutlook(
            name=self._job.name,
            bytes_in=self._plan.bytes,
            splits=sum(map(len, self._plan.bins)),
            layout=self._pattern.layout if self._plan.reducers else None,
            shuffled=self._shuffled,
            bytes_out=self._out,
            map=self._phase(self._map_seconds()),
            reduce=self._phase(self._reduce_seconds()) if self._plan.reducers else None,
        )

    def _map_seconds(self) -> list[float]:
        """Of each mapper."""
        sizes = [sum(split.length for split in splits) for splits in self._plan.bins]
        return [self._seconds(size, self._rates.map_speed) for size in sizes]

    def _reduce_seconds(self) -> list[float]:
        return [self._seconds(size, self._rates.reduce_speed) for size in _shares(self._shuffled, self._plan.reducers)]

    def _seconds(self, size: int, speed: float) -> float:
        return self._scenario.task_seconds + size / (speed * self._setup.executor.capabilities.cpu)

    def _phase(self, each: Sequence[float]) -> PhaseOutlook:
        """:param each: seconds of each task."""
        count = len(each)
        waves = -(-count // slots_of(self._setup))
        return PhaseOutlook(count, waves, max(waves * sum(each) / max(1, count), max(each, default=0.0)))


def _shares(size: int, count: int) -> list[int]:
    """As even as can be."""
    return [size * (n + 1) // count - size * n // count for n in range(count)]


def _written(asked: Callable[[int], Mapping[str, int]], size: int, files: int) -> Counter[str]:
    """Requests for so many files that hold ``size`` bytes together."""
    each = asked(-(-size // files) if files else 0)
    return Counter({kind: number * files for kind, number in each.items()})


def _driver_requests(setup: Setup) -> dict[str, int]:
    """Where the working location's store bills any."""
    return _DRIVER if setup.location.storage.prices is not None else {}
