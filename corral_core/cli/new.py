"""``corral new``: a folder to begin with, for a job or for a plugin."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import click

from corral_core.cli.streams import out
from corral_core.errors import OutputError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

__all__ = ["new"]

_SUFFIX = ".template"

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PLUGIN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_PREFIX = "corral-"


@click.command(
    "new",
    short_help="Make a folder with a job and its test, or with a plugin.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("name")
@click.option("--plugin", is_flag=True, help="An executor plugin; NAME is what --executor will take.")
def new(name: str, plugin: bool) -> None:
    """Make a folder NAME with a job, its test and a sample; or with a plugin.

    Nothing that is there is overwritten.
    """
    out(_plugin(name) if plugin else _job(name))


def _job(given: str) -> str:
    folder = Path(given)
    name = folder.name
    if not _FOLDER.fullmatch(name):
        raise UsageError(
            f"a job can't be called {name!r}: give a name of letters, digits, '-', '_' and '.' that begins with a "
            "letter or a digit"
        )
    _make("job", folder, {"name": name})
    tested = "  pytest" if find_spec("pytest") else "  pip install pytest\n  pytest"
    return (
        f"made {folder}: a job, its test, and a sample to run it on; to go on:\n"
        f"  cd {folder}\n  corral job.py sample.txt --out result\n  corral cat result\n{tested}"
    )


def _plugin(given: str) -> str:
    # CORRAL_Threads, corral-threads and threads are one.
    name = re.sub(r"[-_. ]+", "-", Path(given).name).lower().removeprefix(_PREFIX)
    if not _PLUGIN.fullmatch(name):
        raise UsageError(
            f"an executor can't be called {Path(given).name!r}: give letters from a to z, digits and '-', a letter "
            "first"
        )
    _check_free(name)
    folder = Path(given).with_name(_PREFIX + name)
    major, minor, *_ = version("corral-core").split(".")
    _make(
        "plugin",
        folder,
        {
            "name": name,
            "distribution": folder.name,
            "module": folder.name.replace("-", "_"),
            "class": "".join(part.capitalize() for part in name.split("-")),
            "attribute": name.replace("-", "_"),
            "versions": f">={major}.{minor},<{major}.{int(minor) + 1}",
        },
    )
    return (
        f"made {folder}: the executor {name}, which runs tasks in threads until you change it; to go on:\n"
        f"  cd {folder}\n  pip install -e '.[test]'\n  pytest"
    )


def _check_free(name: str) -> None:
    from corral_core.plugins import KNOWN_PACKAGES, load

    plugins = load()
    if name in plugins.executors or name in KNOWN_PACKAGES:
        owner = plugins.executors.owner(name) if name in plugins.executors else KNOWN_PACKAGES[name]
        raise UsageError(f"there is an executor {name!r} already, from {owner}: choose another name")


def _make(kind: str, folder: Path, names: Mapping[str, str]) -> None:
    """Write a kind's templates into a new folder: all of them, or nothing."""
    try:
        folder.mkdir()
    except FileExistsError:
        raise OutputError(f"{folder} is there already, and nothing of it is overwritten: choose another name") from None
    except OSError as error:
        raise OutputError(f"{folder} can't be made: {reason_of(error)}") from error
    try:
        for template in _templates(files("corral_core.cli") / "templates" / kind):
            name = template.name.removesuffix(_SUFFIX).replace("module", names.get("module", ""))
            text = Template(template.read_text(encoding="utf-8")).substitute(names)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(folder)
        raise OutputError(f"{folder} can't be written: {reason_of(error)}") from error


def _templates(directory: Traversable) -> Iterator[Traversable]:
    return (entry for entry in directory.iterdir() if entry.name.endswith(_SUFFIX))
