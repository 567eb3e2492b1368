"""``--memprofile FILE``: a memory profile of the run by memray."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from corral_core.cli.streams import err
from corral_core.errors import OutputError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["memory_profile"]


@contextmanager
def memory_profile(path: str | None) -> Iterator[None]:
    """Record this process's allocations into a file, or do nothing without one.

    Tasks in other processes are not in it: ``--executor inline`` runs them in this one.

    :raises UsageError: when memray is not installed.
    :raises OutputError: when the file can't be written.
    """
    if path is None:
        yield
        return
    try:
        import memray
    except ImportError as error:
        raise UsageError("--memprofile needs memray; get it with: pip install 'corral-core[memprofile]'") from error
    with ExitStack() as stack:
        try:
            stack.enter_context(memray.Tracker(destination=memray.FileDestination(path, overwrite=True)))
        except OSError as error:
            raise OutputError(f"--memprofile can't write {path}: {reason_of(error)}") from error
        stack.callback(err, f"memory profile in {path}; look at it with: python -m memray flamegraph {path}")
        yield
