"""How a worker's interpreter is called, so that it is the driver's twin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.errors import ExecutorUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["driver_interpreter", "search_path"]

_SWITCHES = {
    "dont_write_bytecode": "-B",
    "ignore_environment": "-E",
    "isolated": "-I",
    "no_user_site": "-s",
    "optimize": "-O",
    "safe_path": "-P",
}


def driver_interpreter() -> tuple[str, ...]:
    """This process's Python with its options, without a program.

    :raises ExecutorUnavailable: when it does not know its own executable.
    """
    if not sys.executable:
        raise ExecutorUnavailable("workers can't be started: sys.executable is empty; use --executor inline")
    return (sys.executable, *_options())


def search_path(first: Sequence[str]) -> tuple[str, ...]:
    """What ``sys.path`` is to be, so that a worker finds corral, plugins and the job's imports where this process did.

    :param first: the job's directories.
    """
    # An empty entry means the current directory, and stays it when a worker changes its own.
    entries = (entry or str(Path.cwd()) for entry in (*first, *sys.path))
    return tuple(dict.fromkeys(entries))


def _options() -> Iterator[str]:
    for flag, switch in _SWITCHES.items():
        yield from [switch] * getattr(sys.flags, flag)
    for warning in sys.warnoptions:
        yield f"-W{warning}"
    for name, value in getattr(sys, "_xoptions", {}).items():
        yield f"-X{name}" if value is True else f"-X{name}={value}"
