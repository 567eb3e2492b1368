"""Whether an executor's workers can get at a run's files: asked before anything is deployed or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corral_core.executor import Executor
    from corral_core.storage.api import Storage

__all__ = ["check_reach"]

_ELSEWHERE = "an object store, such as s3://bucket/prefix"
_ON_DISK = f"a directory or {_ELSEWHERE}"


def check_reach(executor: Executor, inputs: Iterable[str], location: str, storage: Callable[[str], Storage]) -> None:
    """:param inputs: as the user named them; before they are looked for, since a name without its ``s3://`` is a local
        path that nothing matches.
    :param storage: the storage of a path.
    :raises InputError: for an input that the workers can't read.
    :raises OutputError: for a working location where they can't write, or where nobody would find what they wrote.
    """
    for path in filter(None, inputs):  # an empty one is refused with the inputs
        where = _out_of_reach(executor, storage(path))
        if where:
            place, instead = where
            raise InputError(
                f"input {path} is {place}, where executor {executor.name} can't read it: copy it to {instead}"
            )
    where = _out_of_reach(executor, storage(location))
    if where:
        place, instead = where
        raise OutputError(
            f"output {location} is {place}, where executor {executor.name} can't write: give --out {instead}"
        )


def _out_of_reach(executor: Executor, storage: Storage) -> tuple[str, str] | None:
    """Where the files are, and what to use in its place; None when all is well."""
    can = executor.capabilities
    if storage.in_process and not can.in_process:
        return "in this process's memory", _ELSEWHERE if can.remote else _ON_DISK
    if storage.local and can.remote:
        shared = f", or give {can.sharing} if its workers see it too" if can.sharing else ""
        return "on this machine", _ELSEWHERE + shared
    return None
