"""The location that a command is given, looked at without running anything."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import directories
from corral_core.errors import InputError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.engine.commit import Location

__all__ = ["location_argument", "looked_at"]


def location_argument() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """LOCATION, as ``--out`` of a run takes it; the current directory if it is not given."""
    return click.argument("location", default=".", shell_complete=directories)


@contextmanager
def looked_at(name: str) -> Iterator[Location]:
    """The location of this name.

    :raises InputError: when it can't be looked at or worked in.
    """
    from corral_core.engine.commit import Location
    from corral_core.storage.resolve import storage_for

    storages = plugin_manager.load().storage_references()
    try:
        yield Location(storage_for(name, storages), name)
    except OSError as error:
        raise InputError(f"{error.filename or name} can't be looked at: {reason_of(error)}") from error
