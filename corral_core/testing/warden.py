"""Ends what a test's process started when that process ends without doing so, even by SIGKILL.

Run as a script: ``warden.py [FOLDER]``. It reads ``+ID`` and ``-ID`` from its standard input, sessions that began and
ended; at its end, which comes with the end of the process that writes there, it kills the sessions that are left and
removes the folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

__all__ = ["kill_session"]


def kill_session(leader: int) -> None:
    """Kill all processes of a session. The emulator gives a function's process a group of its own, so that to kill the
    emulator's group would not be enough."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(leader, signal.SIGKILL)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if int((process / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[3]) == leader:
                os.kill(int(process.name), signal.SIGKILL)


def main(*folders: str) -> None:
    """Wait for the end."""
    sessions: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            sessions.add(int(line[1:]))
        else:
            sessions.discard(int(line[1:]))
    for session in sessions:
        kill_session(session)
    for folder in folders:
        for place, _, _ in os.walk(folder):
            os.chmod(place, 0o700)  # noqa: PTH101  (functions' code is read-only)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the process that it watches
    main(*sys.argv[1:])
