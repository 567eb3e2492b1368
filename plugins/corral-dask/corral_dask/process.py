"""A process for tasks, as the agent in a Dask worker sees it. It goes to the workers by value with the agent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from corral_core.serving.process import WorkerProcess
from corral_core.serving.wire import READY, TASK, frame

if TYPE_CHECKING:
    from corral_core.serving.oom import OutOfMemoryKills
    from corral_dask.kit import Kit

__all__ = ["TaskCommand", "TaskProcess", "last_words"]

_BOOTSTRAP = (
    "import sys; argv = sys.argv; sys.path[:] = argv[7:]; "
    "from corral_dask.child import main; main(*map(int, argv[1:4]), *argv[4:7])"
)


class TaskCommand:
    """How to start a process for tasks; see ``corral_core.serving.process.Command``."""

    def __init__(self, kit: Kit, code: str, memory: int) -> None:
        self._interpreter = kit.interpreter or (sys.executable,)
        self._path = [code, *sys.path] if code else kit.sys_path
        self._terms = [str(memory), str(int(kit.log)), kit.work]

    def line(self, *numbers: int) -> list[str]:
        """The command line with these numbers."""
        return [*self._interpreter, "-c", _BOOTSTRAP, *map(str, numbers), *self._terms, *self._path]


class TaskProcess(WorkerProcess):
    """Runs one task at a time, for the thread that has it."""

    def __init__(self, command: TaskCommand, environment: dict[str, str]) -> None:
        super().__init__(command, environment)
        self.socket.setblocking(True)
        self.ready = False
        self.leaving = False
        """It was told to end, and takes no further task; under the agent's lock."""

    def hang_up(self, *, busy: bool) -> None:
        self.leaving = True
        super().hang_up(busy=busy)

    def kill(self) -> None:
        self.leaving = True
        super().kill()

    def ask(self, message: bytes) -> bytes | None:
        """The kind and body of the answer; None when the process hung up."""
        try:
            self.send(frame(TASK, message))
        except ConnectionError:
            return None
        while (frames := self.receive()) is not None:
            for kind, body in frames:
                if kind != READY:
                    return kind + body
                self.ready = True
        return None


def last_words(process: TaskProcess, how: str, place: str, kills: OutOfMemoryKills) -> bytes:
    """The kind and body of an answer for a process that died.

    :param how: as :meth:`~corral_core.serving.process.WorkerProcess.end` says.
    :param place: the Dask worker, in messages.
    """
    what = f"process {process.pid} of {place} {how}"
    if not process.ready:
        return b"w" + f"{what} before it was ready; see the worker's log".encode()
    if how.endswith("SIGKILL") and kills.explains_one():
        return b"o" + f"{what} while it ran a task, and the system had run out of memory".encode()
    return b"w" + f"{what} while it ran a task".encode()
