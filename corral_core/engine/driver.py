"""The Driver: what a script or a notebook runs its jobs with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from corral_core.engine.source import source_of
from corral_core.errors import JobError
from corral_core.job import Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from corral_core.engine.result import RunResult

__all__ = ["Driver"]


class Driver:
    """Runs one job, or several as stages that read one another's records.

    :param jobs: the stages in order.
    :param options: settings, in either spelling (``split_size`` or ``splitSize``); they come before all other layers.
    :raises JobError: when there is no job.
    """

    def __init__(self, jobs: Job | Sequence[Job], **options: Any) -> None:
        self.jobs = [jobs] if isinstance(jobs, Job) else list(jobs)
        self.options = _as_text(options)
        wrong = [type(job).__name__ for job in self.jobs if not isinstance(job, Job)]
        if wrong or not self.jobs:
            raise JobError(f"a Driver runs a Job or a list of them, not {wrong[0] if wrong else 'an empty list'}")

    def run(self, inputs: str | PathLike[str] | Sequence[str | PathLike[str]], **options: Any) -> RunResult:
        """Run over inputs: paths, globs, directories.

        :param options: more settings, before those of the constructor.
        :raises UsageError: when it can't be done; nothing has been written.
        :raises RunError: when it failed; what is done stays for ``resume``, unless it is of no use.
        """
        from corral_core.engine.run import run
        from corral_core.settings import load_settings

        names = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
        settings = load_settings(options={**self.options, **_as_text(options)})
        return run(source_of(self), [os.fspath(name) for name in names], settings)

    def main(self, argv: Sequence[str] | None = None) -> NoReturn:
        """Be the ``corral`` command for these jobs: ``python job.py in.txt --out result/``. Exits the process.

        :param argv: the arguments; by default the process's.
        """
        from corral_core.cli.main import driver_main
        from corral_core.engine.loading import is_loading

        if is_loading():
            raise JobError('Driver.main() runs while the job is being loaded: put it under if __name__ == "__main__":')
        driver_main(self, argv)


def _as_text(options: dict[str, Any]) -> dict[str, Any]:
    """Paths as text, which is what settings hold."""
    return {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in options.items()}
