"""What a scheduler says of its workers."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from corral_core.errors import UsageError
from corral_dask.facts import packages_for, slots, stranger, target

OURS = f"{sys.version_info[0]}.{sys.version_info[1]}"


def host(
    python: str = f"{OURS}.99.final.0", system: str = "Linux", machine: str = "x86_64", dask: str = "2026.8.0"
) -> Any:
    return {
        "host": {"python": python, "OS": system, "machine": machine},
        "packages": {"distributed": dask},
    }


def versions(*workers: Any, scheduler: Any = None) -> dict[str, Any]:
    named = {f"tcp://host:{number}": worker for number, worker in enumerate(workers)}
    return {"client": host(), "scheduler": scheduler or host(), "workers": named}


GLIBC = [("glibc", "2.36"), ("glibc", "2.31")]


def test_a_bundle_is_for_the_oldest_worker() -> None:
    found = target(versions(host(), host()), GLIBC, "the scheduler", ("s3fs",))
    assert (found.python, found.architecture, found.glibc, found.packages) == (OURS, "x86_64", 31, ("s3fs",))
    assert str(found).startswith("a worker of the scheduler with Python")


@pytest.mark.parametrize(("machine", "architecture"), [("aarch64", "arm64"), ("AMD64", "x86_64")])
def test_processors_have_several_names(machine: str, architecture: str) -> None:
    assert target(versions(host(machine=machine)), GLIBC, "it", ()).architecture == architecture


@pytest.mark.parametrize(
    ("told", "libc", "sentence"),
    [
        (versions(host("3.8.1")), GLIBC, r"it and its workers run Python 3\.\d+ and 3\.8, and this is"),
        (versions(host("3.8.1"), scheduler=host("3.8.1")), GLIBC, r"it and its workers run Python 3\.8, and this is"),
        (versions(host(), host(machine="aarch64")), GLIBC, "aarch64 with Linux and x86_64 with Linux"),
        (versions(host(system="Darwin", machine="arm64")), GLIBC, "the workers of it are arm64 with Darwin"),
        (versions(host(machine="riscv64")), GLIBC, "the workers of it are riscv64 with Linux"),
        (versions(host()), [*GLIBC, ("", "")], "a worker of it has no known C library"),
        (versions(host()), [("musl", "1.2")], r"a worker of it has musl 1\.2"),
    ],
    ids=["one-python", "python", "mixed", "macos", "processor", "no-libc", "musl"],
)
def test_workers_that_no_bundle_fits_are_refused(
    told: dict[str, Any], libc: list[tuple[str, str]], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        target(told, libc, "it", ())


@pytest.mark.parametrize(
    ("takes", "expected"),
    [({}, 7), ({"GPU": 1}, 2), ({"GPU": 2}, 1), ({"GPU": 3}, 0), ({"GPU": 1, "memory": 1e9}, 1), ({"odd": 1}, 0)],
    ids=str,
)
def test_slots_are_threads_with_the_resources(takes: dict[str, float], expected: int) -> None:
    workers = {
        "a": {"nthreads": 4, "resources": {"GPU": 2, "memory": 1.5e9}},
        "b": {"nthreads": 3, "resources": {}},
    }
    assert slots(workers, takes) == expected


def test_another_version_of_dask_is_told() -> None:
    assert stranger(versions(host(), host())) == ""
    assert stranger(versions(host(), host(dask="2025.1.0"))) == "tcp://host:1 has 2025.1.0 and this is 2026.8.0"
    assert stranger(versions(host(), scheduler=host(dask="1"))) == "the scheduler has 1 and this is 2026.8.0"


def test_the_bundle_has_what_the_paths_need() -> None:
    assert packages_for(["/nfs/in", "file:///x"]) == ()
    assert packages_for(["s3://in/*", "gs://out", "/x"]) == ("aiohttp", "google-auth", "requests", "s3fs")
