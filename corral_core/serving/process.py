"""The parent's side: one worker process, a socket to it, and an end.

This module and ``wire.py`` also go by value to machines that have no corral (corral-dask does so), so they import
nothing of corral when they are used there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Protocol

from corral_core.serving.wire import Frames

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Command", "WorkerProcess"]

_READ = 2**18
_REAP_SECONDS = 5.0


class Command(Protocol):
    """How to start a worker."""

    def line(self, *numbers: int) -> list[str]:
        """The command line with the numbers that :func:`corral_core.serving.worker.serve` takes."""
        ...


class WorkerProcess:
    """Starts one. Nothing here waits for the worker but :meth:`end`, unless the socket is made to block.

    The worker has a session of its own: a terminal's Ctrl-C reaches only the driver, and one signal to its process
    group ends it together with its children. Its standard output is the parent's standard error, because a driver's
    standard output belongs to the driver's user.

    :param environment: by default the parent's.
    :raises OSError: when the system can't start it.
    """

    def __init__(self, command: Command, environment: Mapping[str, str] | None = None) -> None:
        self._frames = Frames()
        self._unsent = bytearray()
        with contextlib.ExitStack() as on_failure, contextlib.ExitStack() as theirs:
            self.socket, other = socket.socketpair()
            on_failure.callback(self.socket.close)
            theirs.callback(other.close)
            end, self._lifeline = os.pipe()
            on_failure.callback(os.close, self._lifeline)
            theirs.callback(os.close, end)
            self.socket.setblocking(False)
            self._process = _start(command, environment, other.fileno(), end)
            on_failure.pop_all()

    def send(self, data: bytes = b"") -> bool:
        """Send as much as the socket takes now of ``data`` and of what waited before; whether all of it went.

        :raises OSError: when the worker hung up.
        """
        self._unsent += data
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        return not self._unsent

    def receive(self) -> list[tuple[bytes, bytes]] | None:
        """The frames that have arrived; None when the worker hung up."""
        try:
            data = self.socket.recv(_READ)
        except BlockingIOError:
            return []
        except ConnectionError:
            return None
        return self._frames.feed(data) if data else None

    def hang_up(self, *, busy: bool) -> None:
        """Let the worker end by itself: an idle one reads the end of the socket, a busy one is interrupted as by
        Ctrl-C, so that its task removes what it was writing."""
        with contextlib.suppress(OSError):  # it is gone already
            self.socket.shutdown(socket.SHUT_WR)
            if busy:
                os.kill(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill the worker with its children. Not after :meth:`end`, when its id may be another's."""
        # Before, it can't have gone to another process: a zombie keeps it, and so do children left in its group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self, grace: float = 0.0) -> str:
        """Kill the worker with its children, unless it ends by itself within ``grace`` seconds, and leave no zombie.

        :returns: how it ended, such as ``killed by SIGKILL`` or ``ended with exit code 1``.
        """
        if grace > 0:
            self._wait_for_hang_up(grace)
        self.socket.close()
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        return _how(self._process.returncode)

    def _wait_for_hang_up(self, seconds: float) -> None:
        # Not by Popen.wait(seconds), which sleeps between looks for longer than an exit takes.
        with contextlib.suppress(OSError):
            self.socket.settimeout(seconds)
            while self.socket.recv(_READ):
                pass

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid


def _start(
    command: Command, environment: Mapping[str, str] | None, connection: int, lifeline: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  (our own interpreter)
        command.line(connection, lifeline, os.getpid()),
        stdin=subprocess.DEVNULL,
        stdout=_stderr(),
        env=environment,
        pass_fds=(connection, lifeline),
        start_new_session=True,
    )


def _stderr() -> int:
    try:
        os.fstat(2)
    except OSError:  # a daemon without it
        return subprocess.DEVNULL
    return 2


def _how(code: int | None) -> str:
    if code is None:
        return "does not end"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
