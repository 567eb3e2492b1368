"""A run's kit: what its workers get."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING
from uuid import uuid4

from corral_core.bundle.build import build
from corral_core.serving.interpreter import driver_interpreter, search_path
from corral_dask.facts import packages_for, target
from corral_dask.kit import Kit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.executor import Bundle
    from corral_dask.survey import Survey

__all__ = ["kit_here", "packed"]

_OWN = ("__init__.py", "child.py")
"""What a process for tasks imports of this package."""


def kit_here(bundle: Bundle) -> Kit:
    """For a cluster on this machine: the driver's Python, and its files where they are.

    :raises ExecutorUnavailable: when this Python does not know its own executable.
    """
    return Kit(_name(), bundle.work, driver_interpreter(), search_path(bundle.sys_path), log=False)


def packed(bundle: Bundle, found: Survey, place: str, include: Sequence[str], requirements: str | None) -> Kit:
    """For workers elsewhere: all in one archive.

    :raises UsageError: when something is missing, has no wheel for the workers, or they are not of one kind.
    """
    wanted = target(found.versions, found.libc, place, packages_for((*bundle.reads, bundle.location)))
    extra = {f"corral_dask/{name}": files("corral_dask").joinpath(name).read_bytes() for name in _OWN}
    made = build(bundle, wanted, include=include, requirements=requirements, extra=extra)
    return Kit(_name(), bundle.work, archive=made.path.read_bytes())


def _name() -> str:
    return f"corral-{uuid4().hex[:12]}"
