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
import re
import signal
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from corral_core.cli.streams import err, record
from corral_core.errors import CorralError, TaskFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["guard", "stopping_on_signals"]

_USAGE, _BUG, _INTERRUPTED = 2, 1, 130
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128
"""What a shell adds to a signal's number."""


class Terminated(KeyboardInterrupt):
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
        trace = error.report.traceback.rstrip() if isinstance(error, TaskFailedError) and error.report else ""
        return _tell(error.exit_code, error, str(error), trace)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        return _tell(_USAGE, error, _sentence(error))
    except Terminated as stopped:
        return _tell(_SIGNALLED + stopped.number, stopped, "terminated")
    except (KeyboardInterrupt, click.Abort) as stopped:
        return _tell(_INTERRUPTED, stopped, "interrupted")
    except Exception as error:  # noqa: BLE001  (the last stop: whatever arrives here is a bug, and is shown whole)
        return _tell_bug(error)
    return 0


def _tell(code: int, error: BaseException, message: str, trace: str = "") -> int:
    if not _recorded(code, error, message, trace):
        err(f"corral: {message}")
        for note in _notes(error):
            err(f"corral: {note}")
        if trace:
            err("\n" + trace)
    return code


def _tell_bug(error: Exception) -> int:
    message = "this is a bug in corral or in one of its plugins; please report it with the lines above"
    trace = traceback.format_exc().rstrip()
    if not _recorded(_BUG, error, message, trace):
        err(trace)
        err(f"corral: {message}")
    return _BUG


def _recorded(code: int, error: BaseException, message: str, trace: str) -> bool:
    kind = "UsageError" if isinstance(error, click.ClickException) else type(error).__name__
    return record("error", kind=kind, message=message, notes=_notes(error), traceback=trace, exit_code=code)


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _sentence(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see: {context.command_path if context else 'corral'} --help"
    if isinstance(error, click.NoSuchOption):
        return f"no such option {error.option_name}; {_about_flag(error) or see}"
    # Click's own may be of two sentences: what is missing, and the choice there is.
    message = re.sub(r"\. ([A-Z])", lambda new: f"; {new[1].lower()}", " ".join(error.format_message().split()))
    message = message.rstrip(".")
    return f"{message[:1].lower()}{message[1:]}; {see}"


def _about_flag(error: click.NoSuchOption) -> str:
    # The flag that is most like one of an absent plugin's is another thing altogether.
    from corral_core.plugins import load
    from corral_core.settings.sources import of_an_absent

    near = f"did you mean {error.possibilities[0]}?" if error.possibilities else ""  # click puts the best first
    return of_an_absent(error.option_name, load()) or near


@contextmanager
def stopping_on_signals() -> Iterator[list[Callable[[], None]]]:
    """Let the first SIGINT, SIGTERM or SIGHUP end the block in order: workers and temporary files are cleared away, and
    what has been done is kept. The second leaves at once; workers end with their driver.

    :returns: what to call before that, to which the block adds.
    """
    stopping = False
    before_leaving: list[Callable[[], None]] = []

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        nonlocal stopping
        if stopping:
            for action in before_leaving:
                action()
            err("corral: stopped at once; --resume goes on with what was done, corral clean removes what is left")
            os._exit(_SIGNALLED + number)
        stopping = True
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Terminated(number)

    # One that is ignored stays so: that is what nohup is for.
    wanted = [number for number in _STOPPING if signal.getsignal(number) != signal.SIG_IGN]
    handlers = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield before_leaving
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
