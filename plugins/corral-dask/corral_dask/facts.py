"""What a scheduler says of its workers, and what follows for a run. Pure functions."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Literal

from corral_core.bundle.api import Target
from corral_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["packages_for", "slots", "stranger", "target"]

_MACHINES: dict[str, Literal["x86_64", "arm64"]] = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}

_PACKAGES = {
    "s3": ("s3fs",),
    "s3a": ("s3fs",),
    "gs": ("aiohttp", "google-auth", "requests"),
    "gcs": ("aiohttp", "google-auth", "requests"),
}
"""What workers need besides corral's own, by the scheme of a path."""


def packages_for(paths: Iterable[str]) -> tuple[str, ...]:
    """Distributions with which workers read and write there; other schemes' are the job's to declare."""
    schemes = {path.partition("://")[0] for path in paths if "://" in path}
    return tuple(sorted({name for scheme in schemes for name in _PACKAGES.get(scheme, ())}))


def slots(workers: Mapping[str, Mapping[str, Any]], takes: Mapping[str, float]) -> int:
    """How many tasks run at once.

    :param workers: by address, as ``Scheduler.identity`` tells of them.
    :param takes: of a worker's resources, by name, what a task does.
    """
    return sum(_room(worker, takes) for worker in workers.values())


def _room(worker: Mapping[str, Any], takes: Mapping[str, float]) -> int:
    has = worker.get("resources") or {}
    times = [math.floor(has.get(name, 0) / amount) for name, amount in takes.items()]
    return int(min([worker["nthreads"], *times]))


def stranger(versions: Mapping[str, Any]) -> str:
    """Where Dask's versions differ, for people; empty when they don't.

    :param versions: as ``Client.get_versions`` gives them.
    """
    ours = versions["client"]["packages"]["distributed"]
    places = {"the scheduler": versions["scheduler"]} | versions["workers"]
    found = {place: it["packages"]["distributed"] for place, it in places.items()}
    return next((f"{place} has {theirs} and this is {ours}" for place, theirs in found.items() if theirs != ours), "")


def target(
    versions: Mapping[str, Any], libc: Iterable[tuple[str, str]], place: str, packages: tuple[str, ...]
) -> Target:
    """What to make the bundle for.

    :param libc: as ``platform.libc_ver`` gives it on each worker.
    :param place: the scheduler, in messages.
    :raises UsageError: when there is no bundle that all workers can run.
    """
    pythons = {_python(host["host"]) for host in (versions["scheduler"], *versions["workers"].values())}
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if pythons != {ours}:
        theirs = " and ".join(sorted(pythons))
        raise UsageError(
            f"{place} and its workers run Python {theirs}, and this is {ours}: run corral on the Python that they "
            "have, which must be one for all"
        )
    kinds = {(host["host"]["OS"], host["host"]["machine"]) for host in versions["workers"].values()}
    system, machine = min(kinds)
    if len(kinds) > 1 or system != "Linux" or machine.lower() not in _MACHINES:
        theirs = " and ".join(f"{machine} with {system}" for system, machine in sorted(kinds))
        raise UsageError(
            f"the workers of {place} are {theirs}, and a bundle is for x86_64 or arm64 with Linux: "
            "choose workers of one kind by --dask-resources"
        )
    return Target(ours, _MACHINES[machine.lower()], _glibc(libc, place), f"a worker of {place}", packages)


def _python(host: Mapping[str, str]) -> str:
    return ".".join(host["python"].split(".")[:2])


def _glibc(libc: Iterable[tuple[str, str]], place: str) -> int:
    """The oldest one's minor version."""
    oldest = math.inf
    for name, version in libc:
        if name != "glibc" or not version.startswith("2."):
            raise UsageError(
                f"a worker of {place} has {name or 'no known C library'} {version}, and wheels for it can't be had: "
                "use workers with glibc, such as Debian's or Red Hat's"
            )
        oldest = min(oldest, int(version.split(".")[1]))
    return int(oldest)
