"""What is to be installed for a bundle: corral's own needs on a worker, the place's, and the job's.

What corral itself needs comes in the driver's versions, so that both sides of the wire are the same code; a job's
dependencies come as the job asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from corral_core.errors import JobError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.bundle.api import Target

__all__ = ["Requirements", "gather"]

_DRIVER_ONLY = frozenset({"click", "packaging", "pluggy", "pydantic", "pyyaml", "rich"})
"""What corral-core depends on and no worker imports."""

_NESTED = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[ =]\s*(\S+)", re.MULTILINE)

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")

_EDITABLE = re.compile(r"^\s*(?:-e|--editable)[ =].*", re.MULTILINE)


@dataclass(frozen=True)
class Requirements:
    """Everything to install, and in which versions."""

    ours: tuple[str, ...]
    """What corral and the place need."""
    jobs: tuple[str, ...]
    """What the job's file declares, and what it needs besides."""
    file: Path | None
    """A requirements file, in the place of the job's declaration."""
    pins: tuple[str, ...]
    """Versions for ours and for what they need in turn."""

    @property
    def identity(self) -> str:
        """The same when the same is asked for."""
        files = [_text(path) for path in _with_nested(self.file)] if self.file else []
        return "\n".join([*self.ours, "", *self.jobs, "", *self.pins, "", *files])


def gather(target: Target, jobs: Sequence[str], file: str | None, needed: Sequence[str] = ()) -> Requirements:
    """:param jobs: what the job's file declares; ``file`` takes its place.
    :param needed: more that the job needs, in the driver's versions unless it declares them itself.
    :raises JobError: when the file can't be read, or asks for a working copy.
    """
    ours = sorted({*_worker_needs(target), *map(canonicalize_name, target.packages)})
    path = Path(file).absolute() if file else None
    if path:
        _check_file(path)
    asked = _named_in(path) if path else {canonicalize_name(Requirement(job).name) for job in jobs}
    more = tuple(f"{name}=={version(name)}" for name in needed if name not in asked)
    return Requirements(tuple(ours), more if path else (*jobs, *more), path, tuple(_pins(ours)))


def _worker_needs(target: Target) -> list[str]:
    environment = {"python_version": target.python, "python_full_version": f"{target.python}.0", "extra": ""}
    wanted = map(Requirement, requires("corral-core") or [])
    return [
        name
        for requirement in wanted
        if (name := canonicalize_name(requirement.name)) not in _DRIVER_ONLY
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    ]


def _pins(names: Iterable[str]) -> list[str]:
    """The driver's versions of these and of all that they need; markers aside, since a pin asks for nothing."""
    todo, found = list(names), dict[str, str]()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # not for this platform, or not in this environment: the resolver chooses
            continue
        needs = map(Requirement, requires(name) or [])
        todo += [canonicalize_name(need.name) for need in needs if "extra" not in str(need.marker or "")]
    return sorted(f"{name}=={number}" for name, number in found.items())


def _check_file(file: Path) -> None:
    for path in _with_nested(file):
        editable = _EDITABLE.search(_text(path))
        if editable:
            raise JobError(
                f"the requirements file {path} asks for {editable[0].strip()}, a working copy, which would stay "
                "on this machine: leave it out, because modules that the job imports from there come along without it"
            )


def _named_in(file: Path) -> set[str]:
    """What stands at the beginning of the lines of a requirements file and of those that it names."""
    lines = [line for path in _with_nested(file) for line in _text(path).splitlines()]
    return {canonicalize_name(found[0]) for line in lines if (found := _NAME.match(line))}


def _with_nested(file: Path) -> list[Path]:
    """A requirements file and those that it names."""
    seen: list[Path] = []
    todo = [file]
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.append(path)
            todo += [path.parent / name for name in _NESTED.findall(_text(path))]
    return seen


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise JobError(f"the requirements file {path} can't be read: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise JobError(f"the requirements file {path} is not UTF-8: {error.reason}") from error
