"""``--resume``: with a run's id or without; and the commands that go on with a run that did not end well, or show
it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.events import Event, Observer, RunFinished

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Unfinished", "with_latest"]

_FLAG = "--resume"


def with_latest(arguments: Sequence[str]) -> list[str]:
    """The arguments, in which a bare ``--resume`` asks for the latest run: what follows it may be the job's name."""
    if _FLAG not in arguments:
        return list(arguments)
    from corral_core.engine.resume import LATEST

    return [
        f"{_FLAG}={LATEST}" if argument == _FLAG and not _is_run("".join(arguments[at + 1 : at + 2])) else argument
        for at, argument in enumerate(arguments)
    ]


def _is_run(text: str) -> bool:
    from corral_core.engine.folder import RUN_ID
    from corral_core.engine.resume import LATEST

    return text == LATEST or RUN_ID.fullmatch(text) is not None


class Unfinished(Observer):
    """Knows in the end whether the run can be gone on with, and by which command.

    :param arguments: the command line, without the program.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._event: RunFinished | None = None

    def on_event(self, event: Event) -> None:
        """Remember the last."""
        if isinstance(event, RunFinished):
            self._event = event

    def hints(self, location: str) -> Iterator[str]:
        """What to say below the error: how to go on, when tasks were kept, and how to look at what failed.

        :param location: the run's, as it was given.
        """
        event = self._event
        if event is not None and event.kept:
            tasks = "1 finished task is" if event.kept == 1 else f"{event.kept:,} finished tasks are"
            yield f"{tasks} kept; to go on: {_program()} {shlex.join([*_bare(self._arguments), _FLAG, event.run])}"
        if event is not None and event.report and isinstance(event.error, Exception):
            yield f"look at it with: corral report {shlex.quote(location)}"


def _bare(arguments: Sequence[str]) -> list[str]:
    """Without ``--resume`` and its value."""
    left: list[str] = []
    for argument in with_latest(arguments):
        if left and left[-1] == _FLAG:
            left.pop()
        elif not argument.startswith(f"{_FLAG}="):
            left.append(argument)
    return left


def _program() -> str:
    path = Path(sys.argv[0])
    if path.name == "__main__.py":
        return f"python -m {path.parent.name}"
    return f"python {sys.argv[0]}" if path.suffix == ".py" else path.name
