"""What a script, a program or a notebook runs its jobs with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from corral_core.engine.source import source_of
from corral_core.errors import JobError
from corral_core.job import Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from corral_core.engine.result import RunResult

__all__ = ["Driver", "run"]


class Driver:
    """Runs one job, or several as stages that read one another's records.

    :param jobs: the stages in order.
    :param params: values of the jobs' parameters, by name, or an instance of a job's model; they come before the
        command line's.
    :param options: settings, in either spelling (``split_size`` or ``splitSize``); they come before all other layers.
    :raises JobError: when there is no job.
    """

    def __init__(self, jobs: Job | Sequence[Job], *, params: Any = None, **options: Any) -> None:
        self.jobs = list(jobs) if isinstance(jobs, Iterable) else [jobs]
        self.params = _by_name(params)
        self.options = _as_text(options)
        wrong = [type(job).__name__ for job in self.jobs if not isinstance(job, Job)]
        if wrong or not self.jobs:
            what = wrong[0] if wrong else "an empty list"
            raise JobError(f"a Driver runs a Job or a list of them, not {what}: make one with Job(mapper, reducer)")

    def run(
        self,
        inputs: str | PathLike[str] | Sequence[str | PathLike[str]],
        *,
        params: Any = None,
        progress: bool = False,
        **options: Any,
    ) -> RunResult:
        """Run over inputs: paths, globs, directories.

        :param params: more values of parameters, before those of the constructor.
        :param progress: show on stderr how it goes, as the command does.
        :param options: more settings, before those of the constructor.
        :raises UsageError: when it can't be done; nothing has been written.
        :raises RunError: when it failed; what is done stays for ``resume``, unless it is of no use.
        """
        from corral_core.cli.progress import progress as showing
        from corral_core.engine.run import run
        from corral_core.settings import load_settings

        _check_not_loading("Driver.run()")
        names = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
        settings = load_settings(options={**self.options, **_as_text(options)})
        source = replace(source_of(self), params={**self.params, **_by_name(params)})
        core = settings.core
        with showing(core.progress if progress else "none", verbose=core.verbose, json=False) as displays:
            return run(source, [os.fspath(name) for name in names], settings, displays)

    def main(self, argv: Sequence[str] | None = None) -> NoReturn:
        """Be the ``corral`` command for these jobs: ``python job.py in.txt --out result/``. Exits the process.

        :param argv: the arguments; by default the process's.
        """
        from corral_core.cli.main import driver_main

        _check_not_loading("Driver.main()")
        driver_main(self, argv)


def run(
    job: Job | Sequence[Job] | Driver,
    inputs: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    executor: str | None = None,
    out: str | PathLike[str] | None = None,
    params: Any = None,
    progress: bool = False,
    **options: Any,
) -> RunResult:
    """Run a job over inputs and answer when it is over: ``run(job, "logs/*.gz", out="result", reducers=4)``.

    :param job: a job, several as stages, or a driver with options of its own.
    :param inputs: paths, globs, directories.
    :param executor: where tasks run; by default local processes, if they are installed.
    :param out: directory of the outputs, local or remote; by default the setting ``workingLocation``, which is the
        current directory.
    :param params: values of the job's parameters, by name, or an instance of its model.
    :param progress: show on stderr how it goes, as the command does.
    :param options: settings, in either spelling.
    :raises UsageError: when it can't be done; nothing has been written.
    :raises RunError: when it failed; what is done stays for ``resume``, unless it is of no use.
    """
    driver = job if isinstance(job, Driver) else Driver(job)
    given = {name: value for name, value in (("executor", executor), ("working_location", out)) if value is not None}
    return driver.run(inputs, params=params, progress=progress, **given, **options)


def _check_not_loading(what: str) -> None:
    # A worker that loads a script for its job would run the script, which starts workers, which load it.
    from corral_core.engine.loading import is_loading

    if is_loading():
        raise JobError(f'{what} runs while the job is being loaded: put it under if __name__ == "__main__":')


def _by_name(params: Any) -> dict[str, Any]:
    """Values of parameters by name, out of the instance of a model too."""
    if params is None:
        return {}
    names = getattr(type(params), "model_fields", None)
    if names is None and is_dataclass(params):
        names = [field.name for field in fields(params) if field.init]
    if names is None and not isinstance(params, Mapping):
        raise JobError(f"params are values by name, or an instance of the job's model, not {params!r}")
    return dict(params) if names is None else {name: getattr(params, name) for name in names}


def _as_text(options: dict[str, Any]) -> dict[str, Any]:
    """Paths as text, which is what settings hold."""
    return {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in options.items()}
