"""Progress bars, one for each phase. Imported only on a terminal: rich takes longer to load than a tiny job runs."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from corral_core.cli.progress import PhaseCount, task_line
from corral_core.cli.units import bytes_text, count_text
from corral_core.events import Event, Observer, PhaseFinished, PhaseStarted, TaskCut, TaskFinished

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BarProgress"]


class BarProgress(Observer):
    """Draws a bar for each phase; finished ones stay.

    :param console: where to draw; for tests.
    """

    def __init__(self, *, verbose: bool = False, console: Console | None = None) -> None:
        self._verbose = verbose
        self._progress = _new_progress(console or Console(stderr=True))
        self._bar: TaskID | None = None
        self._phase: PhaseCount | None = None
        self._old_hook: Callable[..., Any] | None = None

    def on_event(self, event: Event) -> None:
        """Move the bar of the phase."""
        match event:
            case PhaseStarted():
                self._start()
                self._phase = PhaseCount(event, time.monotonic())
                self._bar = self._progress.add_task(
                    self._phase.title, total=event.tasks, completed=event.done, records="", size=""
                )
            case TaskFinished():
                self._task(event)
            case TaskCut() if self._phase is not None and self._bar is not None:
                self._phase.cut()
                self._progress.update(self._bar, total=self._phase.tasks)
            case PhaseFinished() if self._bar is not None:
                # A phase without tasks has a total of 0, which is shown as still to come.
                self._progress.stop_task(self._bar)
                self._bar = None
            case _:
                pass

    def stop(self) -> None:
        """Give the terminal back. Safe to repeat."""
        self._progress.stop()
        if self._old_hook is not None:
            sys.breakpointhook, self._old_hook = self._old_hook, None

    def _start(self) -> None:
        if self._old_hook is None:
            self._old_hook, sys.breakpointhook = sys.breakpointhook, self._on_breakpoint
            self._progress.start()

    def _task(self, event: TaskFinished) -> None:
        if self._verbose:
            self._progress.console.print(task_line(event), highlight=False, markup=False)
        if self._phase is not None and self._bar is not None:
            self._phase.add(event)
            size, records = bytes_text(self._phase.bytes), count_text(self._phase.records, "record")
            self._progress.update(self._bar, completed=self._phase.done, records=records, size=size)

    def _on_breakpoint(self, *args: Any, **options: Any) -> Any:
        """A debugger in an inline mapper needs the terminal that the bars draw on."""
        hook = self._old_hook or sys.__breakpointhook__
        self.stop()
        if hook is sys.__breakpointhook__ and not os.environ.get("PYTHONBREAKPOINT"):
            import pdb  # noqa: T100  (this is what a user's breakpoint() asked for)

            # Not pdb.set_trace, which would stop here instead of in the user's code.
            return pdb.Pdb().set_trace(sys._getframe(1))
        return hook(*args, **options)


def _new_progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[records]}"),
        TextColumn("{task.fields[size]}"),
        TimeElapsedColumn(),
        console=console,
        # A mapper's print() must reach a stdout that is a file, not this terminal.
        redirect_stdout=sys.stdout.isatty(),
    )
