from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from corral_core.engine.folder import RUN_ID, End, RunFolder, RunRecord, Session, is_alive, new_run
from corral_core.engine.identity import Identity
from corral_core.errors import ResumeError
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = RunRecord("run-1", "1.0", Identity("abc", ("count",), {"encoding": "utf-8"}, (("in", 1, "v"),)), 4)
OURS = Session.of_this_process(0, "inline")


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    location = str(tmp_path) if request.param == "local" else f"memory://{tmp_path}"
    return RunFolder(storage_for(location), location, "run-1")


def session(number: int) -> Session:
    return msgspec.structs.replace(OURS, session=number)


def test_runs_have_ids_of_their_own_that_sort_by_time() -> None:
    made = [new_run() for _ in range(100)]
    assert len(set(made)) == 100
    assert all(RUN_ID.fullmatch(run) for run in made)
    assert [run[:15] for run in made] == sorted(run[:15] for run in made)


def test_what_is_put_is_read_back(folder: RunFolder) -> None:
    assert folder.put("run.json", msgspec.json.encode(RECORD)).endswith("_corral/run-1/run.json")
    assert folder.record() == RECORD


def test_sessions_count_from_nought(folder: RunFolder) -> None:
    assert folder.sessions() == []
    for number in range(3):
        folder.enter(session(number))
    assert folder.sessions() == [session(number) for number in range(3)]


def test_a_session_has_one_driver(folder: RunFolder) -> None:
    folder.enter(session(0))
    with pytest.raises(ResumeError, match="run run-1 has just been taken up by another driver: let it go on"):
        folder.enter(session(0))
    assert len(folder.sessions()) == 1


def test_a_session_is_overtaken_by_the_next(folder: RunFolder) -> None:
    folder.enter(session(0))
    assert not folder.overtaken(0)
    folder.enter(session(1))
    assert folder.overtaken(0)
    assert not folder.overtaken(1)


def test_a_session_says_how_it_ended_unless_it_was_killed(folder: RunFolder) -> None:
    folder.enter(session(0))
    assert folder.end(0) is None
    folder.leave(0, End("failed", "stage 0 map 0 failed"))
    assert folder.end(0) == End("failed", "stage 0 map 0 failed")
    assert folder.end(1) is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"run": 1}', b'{"state":"exploded","reason":""}'], ids=repr)
def test_a_file_that_is_damaged_or_foreign_is_refused_with_what_to_do(folder: RunFolder, data: bytes) -> None:
    for name in ("run.json", "session-0.json", "end-0.json"):
        folder.put(name, data)
    message = r"run-1/{} is damaged, or another version of corral wrote it .*: remove the run with corral clean"
    with pytest.raises(ResumeError, match=message.format("run.json")):
        folder.record()
    with pytest.raises(ResumeError, match=message.format("session-0.json")):
        folder.sessions()
    with pytest.raises(ResumeError, match=message.format("end-0.json")):
        folder.end(0)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.communicate()


def test_this_process_is_alive() -> None:
    assert (OURS.process, OURS.host) == (os.getpid(), socket.gethostname())
    assert is_alive(OURS)


def test_a_process_is_alive_until_it_has_ended(child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: child.pid)
    theirs = Session.of_this_process(0, "inline")
    assert theirs.process == child.pid
    assert is_alive(theirs)
    child.kill()
    child.wait()
    assert not is_alive(theirs)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells when a process began")
def test_another_process_of_the_same_number_is_not_the_driver() -> None:
    assert not is_alive(msgspec.structs.replace(OURS, started="1"))


def test_nobody_can_tell_of_another_machine() -> None:
    assert not is_alive(msgspec.structs.replace(OURS, host="elsewhere.example"))


def test_a_process_that_may_not_be_asked_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: int, signal: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    assert is_alive(OURS)
