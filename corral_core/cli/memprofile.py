"""``--memprofile FILE``: memory profiles of the driver and of its workers on this machine, by memray."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.cli.streams import err
from corral_core.errors import OutputError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["memory_profile"]


@contextmanager
def memory_profile(path: str | None, executor: str | None) -> Iterator[str]:
    """Record this process's allocations into a file, or do nothing without one. Workers on this machine write theirs
    beside it (:attr:`corral_core.executor.Bundle.memprofile`).

    :param executor: where the tasks run.
    :returns: what the names of the workers' profiles begin with; empty for none.
    :raises UsageError: when memray is not installed.
    :raises OutputError: when the file can't be written.
    """
    if path is None:
        yield ""
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
        stack.callback(_tell, Path(path), executor, time.time())
        yield str(Path(path).absolute())


def _tell(path: Path, executor: str | None, began: float) -> None:
    beside = path.parent.glob(f"{path.name}.*")
    # Those of an earlier run may lie there.
    workers = [file for file in beside if file.suffix[1:].isdigit() and file.stat().st_mtime >= began]
    look = "look at it with: python -m memray flamegraph"
    if workers:
        newest = max(workers, key=lambda file: file.stat().st_size)
        err(
            f"memory profiles: of the driver in {path}, of {len(workers)} of its workers in {path}.PID; {look} {newest}"
        )
    elif executor == "inline":
        err(f"memory profile of the driver and its tasks in {path}; {look} {path}")
    else:
        err(f"memory profile of the driver in {path}, without the workers of {executor}; {look} {path}")
