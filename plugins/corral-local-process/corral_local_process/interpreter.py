"""How a worker's interpreter is called, so that it is the driver's twin."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.errors import ExecutorUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Command", "worker_command"]

_BOOTSTRAP = (
    "import sys; argv = sys.argv; sys.path[:] = argv[4:]; "
    "from corral_local_process.worker import main; main(*map(int, argv[1:4]))"
)

_SWITCHES = {
    "dont_write_bytecode": "-B",
    "ignore_environment": "-E",
    "isolated": "-I",
    "no_user_site": "-s",
    "optimize": "-O",
    "safe_path": "-P",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A worker's command line without the numbers that :func:`corral_local_process.worker.main` takes."""

    interpreter: tuple[str, ...]
    sys_path: tuple[str, ...]

    def line(self, *numbers: int) -> list[str]:
        """The command line with these numbers."""
        return [*self.interpreter, *map(str, numbers), *self.sys_path]


def worker_command(sys_path: Sequence[str]) -> Command:
    """How to start a worker.

    :param sys_path: the job's directories; the driver's own ``sys.path`` follows them, so that a worker finds corral,
        this plugin and the job's imports exactly where the driver did.
    :raises ExecutorUnavailable: when this Python does not know its own executable.
    """
    if not sys.executable:
        raise ExecutorUnavailable("local-process can't start workers: sys.executable is empty; use --executor inline")
    return Command((sys.executable, *_options(), "-c", _BOOTSTRAP), tuple(_search_path(sys_path)))


def _options() -> Iterator[str]:
    for flag, switch in _SWITCHES.items():
        yield from [switch] * getattr(sys.flags, flag)
    for warning in sys.warnoptions:
        yield f"-W{warning}"
    for name, value in getattr(sys, "_xoptions", {}).items():
        yield f"-X{name}" if value is True else f"-X{name}={value}"


def _search_path(first: Sequence[str]) -> list[str]:
    # An empty entry means the current directory, and stays it when a worker changes its own.
    entries = (entry or str(Path.cwd()) for entry in (*first, *sys.path))
    return list(dict.fromkeys(entries))
