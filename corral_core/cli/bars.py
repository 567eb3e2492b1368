"""Progress on a terminal: finished phases and steps stay, and below them one line moves, whatever the number of tasks.

Imported only on a terminal: rich takes longer to load than a tiny job runs.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleDimensions
from rich.live import Live

from corral_core.cli.aside import STDERR, stderr_aside
from corral_core.cli.barline import BarLine, StepLine
from corral_core.cli.lines import finished_line, task_line
from corral_core.cli.tally import Tally
from corral_core.cli.ticker import Ticker
from corral_core.events import (
    Event,
    Observer,
    PhaseFinished,
    PhaseStarted,
    RunFinished,
    RunStarted,
    Step,
    TaskCut,
    TaskFinished,
    TaskStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

__all__ = ["BarProgress"]

_SECONDS = 0.2
"""Between two drawings of the line. Events only count, so ten thousand tasks draw no more than ten do."""

_SHOW_CURSOR = b"\x1b[?25h\n"


class BarProgress(Observer):
    """Draws a line for the phase or the step at work.

    :param console: where to draw, for tests; by default stderr, and what others write there comes above the line.
    :param clock: seconds.
    """

    def __init__(
        self, *, verbose: bool = False, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._verbose, self._console, self._clock = verbose, console, clock
        self._live: Live | None = None
        self._out: Console | None = None
        self._stack = ExitStack()
        self._ticker = Ticker(_SECONDS, self._draw)
        self._drawing = threading.RLock()  # rich keeps threads apart only while they write, not while they place
        self._tally: Tally | None = None
        self._step: StepLine | None = None

    def on_event(self, event: Event) -> None:
        """Count it; what moves the line on to something else is drawn at once."""
        tally = self._tally
        if isinstance(event, TaskStarted):
            if tally is not None:
                tally.start(event)
        elif isinstance(event, TaskFinished):
            if tally is not None:
                tally.finish(event, self._clock())
            if self._verbose:
                self._print(task_line(event))
        else:
            self._seldom(event)

    def stop(self) -> None:
        """Give the terminal back; what was under way stays to be seen. Safe to repeat."""
        if self._live is None:
            return
        self._ticker.stop()
        self._settle()
        with self._drawing, suppress(OSError):
            self._live.stop()
        self._live = None
        self._stack.close()  # the last that others have said still comes
        self._out = None

    def abandon(self) -> None:
        """The process ends at once: let the cursor be seen again, which the line had hidden."""
        if self._live is not None:
            terminal = self._live.console.file.fileno()
            os.write(terminal, _SHOW_CURSOR)
            os.dup2(terminal, STDERR)  # for the last words, which nobody would hand on any more

    def _seldom(self, event: Event) -> None:
        match event:
            case Step():
                self._start()
                self._settle()
                self._step = StepLine(event.text, self._clock())
            case RunStarted():
                self._start()  # before there are workers, who inherit the stderr of this moment
            case PhaseStarted():
                self._settle()
                self._tally = Tally(event, self._clock())
            case TaskCut() if self._tally is not None:
                self._tally.cut()
            case PhaseFinished() if self._tally is not None:
                self._settle()
            case RunFinished() if event.error is None:
                self._step = None  # that it ended is the summary's to say
            case _:
                pass

    def _start(self) -> None:
        if self._live is not None:
            return
        with ExitStack() as stack:
            self._out = self._console or _TerminalConsole(file=stack.enter_context(stderr_aside(self._print)))
            self._live = Live(
                console=self._out,
                get_renderable=self._line,
                auto_refresh=False,
                transient=True,
                redirect_stderr=False,
                # A mapper's print() must reach a stdout that is a file, not this terminal.
                redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
            )
            self._live.start()
            self._ticker.start()
            stack.callback(setattr, sys, "breakpointhook", sys.breakpointhook)
            sys.breakpointhook = _Breakpoint(self.stop, sys.breakpointhook)
            self._stack = stack.pop_all()

    def _settle(self) -> None:
        """What was drawn last becomes a line that stays."""
        tally, step, now = self._tally, self._step, self._clock()
        self._tally = self._step = None
        if tally is not None:
            self._print(finished_line(tally, now))
        elif step is not None:
            self._print(step.finished(now))

    def _line(self) -> RenderableType:
        tally, step = self._tally, self._step
        if tally is not None:
            return BarLine(tally, self._clock())
        return step.at(self._clock()) if step is not None else ""

    def _draw(self) -> None:
        with self._drawing, suppress(OSError):  # a terminal that is gone is no reason to fail
            if self._live is not None:
                self._live.refresh()

    def _print(self, line: str) -> None:
        with self._drawing, suppress(OSError):
            if self._out is not None:
                self._out.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)


class _TerminalConsole(Console):
    """Asks the terminal that it draws on how large it is, each time: rich asks stdin, stdout and stderr, of which none
    may be one here."""

    @property
    def size(self) -> ConsoleDimensions:
        try:
            return ConsoleDimensions(*os.get_terminal_size(self.file.fileno()))
        except OSError:  # --progress bars, where there is no terminal
            return super().size

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        raise AttributeError(f"a terminal has the size that it has, and can't be made {new_size}")


class _Breakpoint:
    """A debugger in an inline mapper needs the terminal that the line is drawn on.

    :param hook: what was to be called.
    """

    def __init__(self, stop: Callable[[], None], hook: Callable[..., Any]) -> None:
        self._stop, self._hook = stop, hook

    def __call__(self, *args: Any, **options: Any) -> Any:
        self._stop()
        if self._hook is sys.__breakpointhook__ and not os.environ.get("PYTHONBREAKPOINT"):
            import pdb  # noqa: T100  (this is what a user's breakpoint() asked for)

            # Not pdb.set_trace, which would stop here instead of in the user's code.
            return pdb.Pdb().set_trace(sys._getframe(1))
        return self._hook(*args, **options)
