"""``corral bundle JOB``: what a remote executor would deploy for a job, and how large it is."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING, Any, cast

import click

from corral_core.cli.candidates import job_files
from corral_core.cli.streams import out
from corral_core.cli.table import table_lines
from corral_core.cli.units import bytes_text
from corral_core.errors import OutputError, UsageError, reason_of
from corral_core.settings.api import load_settings

if TYPE_CHECKING:
    from corral_core.bundle import Archive
    from corral_core.tasks import JobRef

__all__ = ["bundle"]

_PYTHON = re.compile(r"3\.\d+")
_THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"


@click.command("bundle", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("job", shell_complete=job_files)
@click.option("--output", metavar="FILE", help="Write the zip file there.")
@click.option("--python", default=_THIS, metavar="X.Y", help=f"Of the workers.  [{_THIS}]")
@click.option("--arch", default="x86_64", type=click.Choice(["x86_64", "arm64"]), help="Of the workers.  [x86_64]")
@click.option("--include", multiple=True, metavar="A,B", help="More files, from the job's directory; A,B for several.")
@click.option("--requirements", metavar="FILE", help="Dependencies, in the place of those that the job declares.")
def bundle(job: str, output: str | None, **asked: Any) -> None:
    """Show what remote workers would get for JOB, and how large it is."""
    archive = _built(job, **asked)
    if output:
        try:
            shutil.copyfile(archive.path, output)
        except OSError as error:
            raise OutputError(f"the bundle can't be written to {output}: {reason_of(error)}") from error
    out(_listing(archive))


def _built(job: str, python: str, arch: Any, include: tuple[str, ...], requirements: str | None) -> Archive:
    if not _PYTHON.fullmatch(python):
        raise UsageError(f"--python {python} is no version such as {_THIS}")
    from corral_core.bundle import Target, build
    from corral_core.engine.given import packages_of
    from corral_core.engine.loading import load_job
    from corral_core.executor import Bundle

    given = {"include": ",".join(include) or None, "requirements": requirements}
    flags = {name: value for name, value in given.items() if value is not None}
    source = load_job(job, load_settings(flags=flags).core.job)
    core = load_settings(source.options, flags).core
    ref = cast("JobRef", source.ref)  # a job that was loaded by its name has one
    return build(
        Bundle(ref, source.sys_path, packages=packages_of(source.jobs)),
        Target(python=python, architecture=arch),
        include=core.include,
        requirements=core.requirements,
    )


def _listing(archive: Archive) -> str:
    rows = [(part.name, str(part.files), bytes_text(part.zipped), bytes_text(part.size)) for part in archive.parts]
    total = (str(len(archive.entries)), bytes_text(archive.zipped), bytes_text(archive.unpacked))
    table = [("part", "files", "zipped", "unpacked"), *rows, ("total", *total)]
    own = [f"{entry.part}: {entry.name}" for entry in archive.entries if entry.part in ("job", "include")]
    return "\n".join([*table_lines(table, figures=True), "", *own, "", f"digest {archive.digest}"])
