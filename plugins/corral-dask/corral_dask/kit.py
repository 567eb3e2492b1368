"""What an agent needs to start processes that can run the job."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kit"]


@dataclass(frozen=True)
class Kit:
    """A run's code and its terms. It goes to the workers by value, so what is in it is plain."""

    name: str
    """Of the run, on the scheduler: no other has it."""
    work: str
    """The run's folder in storage."""
    interpreter: tuple[str, ...] = ()
    """The Python to start, with its options; by default the Dask worker's own."""
    sys_path: tuple[str, ...] = ()
    """What it imports from, where the driver's files are in reach."""
    archive: bytes | None = None
    """A bundle, where they are not: a zip file."""
    log: bool = True
    """Whether tasks leave lines in the workers' logs."""
