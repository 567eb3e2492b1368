"""Turns what ends a command into what the user sees and into the exit code.

====================  =========================================
0                     it went well
1                     the run failed, or corral has a bug
2                     usage, settings, inputs: nothing was written
129, 130, 143         ended by SIGHUP (the terminal is gone), by Ctrl-C, by SIGTERM
141                   whoever read the output stopped reading
====================  =========================================
"""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from corral_core.cli.streams import err
from corral_core.errors import CorralError, TaskFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["guard", "stopping_on_signals"]

_USAGE, _BUG, _INTERRUPTED = 2, 1, 130
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128
"""What a shell adds to a signal's number."""


class _Terminated(KeyboardInterrupt):
    """A signal, raised as what everything between here and a task lets through already."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def guard(action: Callable[[], None]) -> int:
    """Run a command.

    :returns: its exit code; whatever it raised has been reported.
    """
    try:
        action()
    except CorralError as error:
        err(f"corral: {error}")
        _tell_notes(error)
        if isinstance(error, TaskFailedError) and error.report and error.report.traceback:
            err("\n" + error.report.traceback.rstrip())
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        err(f"corral: {_sentence(error)}")
        return _USAGE
    except _Terminated as stopped:
        err("corral: terminated")
        _tell_notes(stopped)
        return _SIGNALLED + stopped.number
    except (KeyboardInterrupt, click.Abort) as stopped:
        err("corral: interrupted")
        _tell_notes(stopped)
        return _INTERRUPTED
    except Exception:  # noqa: BLE001  (the last stop: whatever arrives here is a bug, and is shown whole)
        err(traceback.format_exc().rstrip())
        err("corral: this is a bug in corral or in one of its plugins; please report it with the lines above")
        return _BUG
    return 0


def _tell_notes(error: BaseException) -> None:
    for note in getattr(error, "__notes__", ()):
        err(f"corral: {note}")


def _sentence(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see: {context.command_path if context else 'corral'} --help"
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities[0] if error.possibilities else None  # click puts the best first
        return f"no such option {error.option_name}; " + (f"did you mean {near}?" if near else see)
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message[:1].lower()}{message[1:]}; {see}"


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Let the first SIGINT, SIGTERM or SIGHUP end the block in order: workers and temporary files are cleared away, and
    what has been done is kept. The second leaves at once; workers end with their driver."""
    stopping = False

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        nonlocal stopping
        if stopping:
            err("corral: stopped at once; --resume goes on with what was done, corral clean removes what is left")
            os._exit(_SIGNALLED + number)
        stopping = True
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise _Terminated(number)

    # One that is ignored stays so: that is what nohup is for.
    wanted = [number for number in _STOPPING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
