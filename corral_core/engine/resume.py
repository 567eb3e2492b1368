"""Finds the run to go on with, and refuses when it is not the same any more."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from corral_core.engine.folder import RunFolder, is_alive
from corral_core.engine.identity import changes
from corral_core.engine.journal import read_journal
from corral_core.engine.past import Past
from corral_core.errors import ResumeError, reason_of

if TYPE_CHECKING:
    from corral_core.engine.commit import Location
    from corral_core.engine.folder import RunRecord
    from corral_core.engine.identity import Identity

__all__ = ["LATEST", "Resumed", "resume"]

LATEST = "latest"
"""What ``--resume`` without a run's id means."""


class Resumed(NamedTuple):
    """A run that can be gone on with."""

    folder: RunFolder
    session: int
    """Drivers that have worked on it."""
    slots: int | None
    """By which its input was cut."""
    past: Past


def resume(location: Location, wanted: str, identity: Identity) -> Resumed:
    """Take up a run of this location.

    :param wanted: its id, or :data:`LATEST`.
    :param identity: of what is to run now.
    :raises ResumeError: when there is none, it still runs, it is damaged, or it was another one.
    """
    try:
        folder = RunFolder(location.storage, location.path, _chosen(location, wanted))
        record = folder.record()
        _check_same(folder.run, record, identity)
        sessions = folder.sessions()
        # A driver that said how it ended is gone, although its process may live on: a notebook's does.
        if sessions and folder.end(sessions[-1].session) is None and is_alive(sessions[-1]):
            raise ResumeError(
                f"run {folder.run} is at work in process {sessions[-1].process}: let it go on, or end it first"
            )
        past = Past(read_journal(location.storage, folder.path))
        past.claimed &= location.finished() in (None, folder.run)  # else another run's outputs have replaced its own
        return Resumed(folder, len(sessions), record.slots, past)
    except OSError as error:
        raise ResumeError(
            f"the run in {location.path} can't be gone on with: {error.filename or location.path}: {reason_of(error)}; "
            "remove it with corral clean and start anew"
        ) from error


def _chosen(location: Location, wanted: str) -> str:
    runs = location.runs()
    if wanted == LATEST and runs:
        return runs[-1]
    if wanted in runs:
        return wanted
    if not runs:
        raise ResumeError(f"there is no run to go on with in {location.path}: start one without --resume")
    raise ResumeError(f"there is no run {wanted} in {location.path}; runs there: {', '.join(runs)}")


def _check_same(run: str, record: RunRecord, identity: Identity) -> None:
    ours = version("corral-core")
    if record.corral != ours:
        raise ResumeError(
            f"run {run} was begun by corral {record.corral} and this is {ours}: go on with that version, or start anew "
            "without --resume"
        )
    different = changes(record.identity, identity)
    if different:
        raise ResumeError(
            f"run {run} can't be gone on with, since {'; '.join(different)}: put that back, or start anew without "
            "--resume"
        )
