"""Turns what the user named as input into files, before any work starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.errors import InputError, reason_of
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from corral_core.storage.api import FileInfo

__all__ = ["find_inputs"]


def find_inputs(inputs: Sequence[str], storages: Mapping[str, str]) -> list[FileInfo]:
    """The files behind paths, globs and directories, in the order given.

    :raises InputError: no input, one that matches nothing, or one that can't be read.
    """
    if not inputs:
        raise InputError("no input: name at least one file, directory or glob after the job")
    files: list[FileInfo] = []
    for name in inputs:
        if not name:
            raise InputError("an input is empty: name a file, directory or glob; . is the current directory")
        storage = storage_for(name, storages)
        try:
            found = storage.list(storage.normalize(name))
            # In a store one file tells of the credentials for all, and each look is a request.
            for file in found if storage.local else found[:1]:
                with storage.open(file.path, 0, 1) as stream:
                    stream.read(1)
        except OSError as error:
            raise InputError(f"input {error.filename or name} can't be read: {reason_of(error)}") from error
        if not found:
            raise InputError(
                f"input {name} matches nothing: there is no such file, and no file below a directory or glob of that "
                "name (names that start with _ or . are left out)"
            )
        files += found
    return files
