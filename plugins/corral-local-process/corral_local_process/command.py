"""A worker's command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_core.serving.interpreter import driver_interpreter, search_path

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Command", "worker_command"]

_BOOTSTRAP = (
    "import sys; argv = sys.argv; sys.path[:] = argv[4:]; "
    "from corral_local_process.worker import main; main(*map(int, argv[1:4]))"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A worker's command line without the numbers that :func:`corral_local_process.worker.main` takes."""

    interpreter: tuple[str, ...]
    sys_path: tuple[str, ...]

    def line(self, *numbers: int) -> list[str]:
        """The command line with these numbers."""
        return [*self.interpreter, *map(str, numbers), *self.sys_path]


def worker_command(sys_path: Sequence[str]) -> Command:
    """How to start a worker that is the driver's twin.

    :param sys_path: the job's directories; the driver's own ``sys.path`` follows them.
    :raises ExecutorUnavailable: when this Python does not know its own executable.
    """
    return Command((*driver_interpreter(), "-c", _BOOTSTRAP), search_path(sys_path))
