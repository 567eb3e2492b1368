"""Finds where a driver's jobs came from, so that a worker can load them by name; else they travel as a pickle."""

from __future__ import annotations

import hashlib
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.engine.loading import JobSource, driver_path, jobs_of, remember
from corral_core.errors import JobError
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from types import ModuleType

    from corral_core.driver import Driver
    from corral_core.job import Job

__all__ = ["pickled", "source_of"]


def source_of(driver: Driver) -> JobSource:
    """The driver's jobs, with a reference to the script that is running when its module-level names lead to them.

    The jobs of a notebook, of a function or of an imported module have none: they go as a pickle, see :func:`pickled`.
    """
    main = sys.modules.get("__main__")
    ref = None if main is None else _reference(driver.jobs, main)
    if ref is not None:
        remember(ref, driver.jobs)
    return JobSource(driver.jobs, ref, driver_path(), driver.options, driver.params)


def pickled(jobs: list[Job]) -> bytes:
    """Jobs as bytes: what workers can import goes as a reference, the rest as code.

    cloudpickle, because the standard library's pickle can't carry functions of a notebook or of another function.

    :raises JobError: when a part of them can't be pickled.
    """
    import cloudpickle

    ours = [
        module
        for job in jobs
        for part in (job.mapper, job.reducer, job.combiner, job.partitioner, job.params)
        if (module := _unreachable(part)) is not None
    ]
    for module in ours:
        cloudpickle.register_pickle_by_value(module)
    for job in jobs:
        _ = job.parameters  # found where the names of their types are known
    try:
        data: bytes = cloudpickle.dumps(jobs)
    except Exception as error:
        raise JobError(
            f"job {jobs[0].name} can't be sent to workers: {error}; put it at the top level of a module, and open what "
            "can't be pickled in its method start"
        ) from error
    finally:
        for module in {id(module): module for module in ours}.values():
            cloudpickle.unregister_pickle_by_value(module)
    return data


def _reference(jobs: list[Job], main: ModuleType) -> JobRef | None:
    names = [_name_of(job, main) for job in jobs]
    file = getattr(main, "__file__", None)
    if not all(names) or not file or not Path(file).is_file():
        return None
    attribute = ",".join(name for name in names if name)
    spec = main.__spec__
    if spec is not None:  # python -m package.module
        return JobRef("module", spec.name, str(Path.cwd()), attribute)
    path = Path(file).absolute()
    return JobRef("file", path.name, str(path.parent), attribute, hashlib.sha256(path.read_bytes()).hexdigest())


def _name_of(job: Job, module: ModuleType) -> str | None:
    return next((name for name, value in vars(module).items() if [job] == jobs_of(value)), None)


def _unreachable(part: object) -> ModuleType | None:
    """The module of a part of a job, when a worker could not import it."""
    name = getattr(part, "__module__", None) or type(part).__module__
    module = sys.modules.get(name)
    top = name.partition(".")[0]
    if module is None or top in sys.builtin_module_names or name == "__main__":
        return None
    return module if PathFinder.find_spec(top) is None else None
