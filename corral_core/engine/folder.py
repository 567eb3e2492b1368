"""A run's own folder: what says which run it is, who works on it, and how far it has come.

::

    LOCATION/_corral/RUN/run.json         what runs: code, inputs, settings (identity.py)
                         session-S.json   which driver works on it; S counts, from 0
                         end-S.json       how that driver left it, unless it was killed
                         journal/         finished tasks (journal.py)
                         stage-N/         segments, records between stages, attempts' files
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from corral_core.engine.identity import Identity  # noqa: TC001  (msgspec reads annotations)
from corral_core.errors import ResumeError

if TYPE_CHECKING:
    from corral_core.storage.api import Storage

__all__ = ["RUNS", "RUN_ID", "End", "RunFolder", "RunRecord", "Session", "is_alive", "new_run"]

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
"""What :func:`new_run` makes."""

RUNS = "_corral"
"""The directory of runs in a working location."""

_T = TypeVar("_T")


class RunRecord(msgspec.Struct, frozen=True):
    """What ``run.json`` holds."""

    run: str
    corral: str
    """The version of corral-core that made the folder; another one may read it differently."""
    identity: Identity
    slots: int | None
    """By which the input was cut: an executor with other slots must cut it the same way."""


class Session(msgspec.Struct, frozen=True):
    """What ``session-S.json`` holds: a driver at work."""

    session: int
    executor: str
    host: str
    process: int
    started: str
    """When the process began, as its system counts, since numbers of processes are used again."""
    time: float
    """When the session began, in seconds since 1970."""

    @classmethod
    def of_this_process(cls, number: int, executor: str) -> Session:
        """The session of the driver that is running now."""
        process = os.getpid()
        return cls(number, executor, socket.gethostname(), process, _start_of(process), time.time())


class End(msgspec.Struct, frozen=True):
    """What ``end-S.json`` holds."""

    state: Literal["interrupted", "failed"]
    reason: str


def new_run() -> str:
    """A run's id: sorts by time, and is different for any two runs."""
    now = time.time_ns()
    when = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now // 10**9))
    return f"{when}-{now // 10**6 % 1000:03}{secrets.randbelow(16**5):05x}"


class RunFolder:
    """The files of one run."""

    def __init__(self, storage: Storage, location: str, run: str) -> None:
        self._storage = storage
        self.run = run
        self.path = storage.join(location, RUNS, run)

    def stage(self, number: int) -> str:
        """Where a stage's segments, or records for the next stage, lie."""
        return self._storage.join(self.path, f"stage-{number}")

    def put(self, name: str, data: bytes) -> str:
        """Write a file; answers its path."""
        path = self._storage.join(self.path, name)
        with self._storage.create(path) as stream:
            stream.write(data)
        return path

    def record(self) -> RunRecord:
        """:raises ResumeError: when there is none, or it can't be read."""
        return self._read("run.json", RunRecord)

    def sessions(self) -> list[Session]:
        """The drivers that have worked on this run, the last one last."""
        found: list[Session] = []
        with suppress(FileNotFoundError):
            while True:
                found.append(self._read(f"session-{len(found)}.json", Session))
        return found

    def enter(self, session: Session) -> None:
        """Begin a session, as the only driver that does.

        :raises ResumeError: when another driver has just begun it.
        """
        path = self._storage.join(self.path, f"session-{session.session}.json")
        try:
            with self._storage.create(path, exclusive=True) as stream:
                stream.write(msgspec.json.encode(session))
        except FileExistsError:
            raise ResumeError(f"run {self.run} has just been taken up by another driver: let it go on") from None

    def leave(self, session: int, end: End) -> None:
        """Say how a session ended, without an answer."""
        self.put(f"end-{session}.json", msgspec.json.encode(end))

    def end(self, session: int) -> End | None:
        """How a session ended; None when it did not say."""
        with suppress(FileNotFoundError):
            return self._read(f"end-{session}.json", End)
        return None

    def overtaken(self, session: int) -> bool:
        """Whether another driver has taken the run up after this session."""
        with suppress(FileNotFoundError):
            self._storage.stat(self._storage.join(self.path, f"session-{session + 1}.json"))
            return True
        return False

    def _read(self, name: str, kind: type[_T]) -> _T:
        path = self._storage.join(self.path, name)
        with self._storage.open(path) as stream:
            data = stream.read()
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.MsgspecError as error:
            raise ResumeError(
                f"{path} is damaged, or another version of corral wrote it ({error}): remove the run with corral clean "
                "and start anew"
            ) from error


def is_alive(session: Session) -> bool:
    """Whether the session's driver still runs, as far as can be seen from here: on this machine."""
    if session.host != socket.gethostname():
        return False
    try:
        os.kill(session.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start_of(session.process) == session.started


def _start_of(process: int) -> str:
    """When a process began, where the system tells (Linux); else nothing, and its number must do."""
    try:
        # After the name, which is in brackets and may hold anything, the 20th field (proc_pid_stat(5), starttime).
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
