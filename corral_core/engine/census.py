"""The runs of a location, and how each stands: for people, and for whoever cleans up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from corral_core.engine.folder import RunFolder, is_alive
from corral_core.engine.journal import read_journal
from corral_core.engine.past import Past
from corral_core.errors import ResumeError

if TYPE_CHECKING:
    from corral_core.engine.commit import Location
    from corral_core.engine.folder import Session

__all__ = ["RunState", "census", "gave_up"]

State = Literal["running", "interrupted", "failed", "abandoned", "finished", "damaged"]


@dataclass(frozen=True, slots=True)
class RunState:
    """One run that has a folder."""

    run: str
    state: State
    """``abandoned``: its driver is gone without a word, or works on another machine."""
    done: int = 0
    """Finished tasks that a driver can go on from."""
    executor: str = ""
    host: str = ""
    began: float = 0.0
    """When its last driver took it up, in seconds since 1970."""
    reason: str = ""


def census(location: Location) -> list[RunState]:
    """All runs of a location, the oldest first.

    :raises OSError: when the location can't be looked at.
    """
    return [_state_of(location, run) for run in location.runs()]


def gave_up(location: Location, run: str) -> bool:
    """Whether a run's last driver said that it ended without an answer."""
    folder = RunFolder(location.storage, location.path, run)
    try:
        sessions = folder.sessions()
        return bool(sessions) and folder.end(sessions[-1].session) is not None
    except ResumeError:
        return False


def _state_of(location: Location, run: str) -> RunState:
    folder = RunFolder(location.storage, location.path, run)
    try:
        folder.record()
        sessions = folder.sessions()
        done = len(Past(read_journal(location.storage, folder.path)))
    except ResumeError as error:
        return RunState(run, "damaged", reason=str(error))
    except FileNotFoundError as error:
        return RunState(run, "damaged", reason=f"{error.filename or folder.path} is gone")
    if not sessions:
        return RunState(run, "abandoned", done)
    state, reason = _how(location, folder, sessions[-1])
    last = sessions[-1]
    return RunState(run, state, done, last.executor, last.host, last.time, reason)


def _how(location: Location, folder: RunFolder, last: Session) -> tuple[State, str]:
    if location.finished() == folder.run:
        return "finished", ""
    end = folder.end(last.session)
    if end is not None:  # although its process may live on: a notebook's does
        return end.state, end.reason
    return ("running" if is_alive(last) else "abandoned"), ""
