"""What the command says: answers on stdout, everything else on stderr, and no noise when a pipe closes."""

from __future__ import annotations

import errno
import os
import sys
import threading
from contextlib import contextmanager, suppress
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TextIO

from corral_core.errors import OutputError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase

__all__ = ["answering", "err", "json_apart", "leave", "out", "out_bytes", "quiet_pipe", "record", "speak_json"]

_CLOSED_PIPE = 128 + 13
"""What a shell reports of a program that SIGPIPE ended."""


class _Voice:
    """How this process speaks on stderr."""

    json = False
    stream: TextIO | None = None
    """Where JSON goes while others' stderr is taken aside; None: ``sys.stderr``."""
    turn = threading.RLock()
    """Lines of several threads come one after the other."""


def speak_json(on: bool) -> None:
    """Whether all that is said on stderr from now on is JSON, an object a line."""
    _Voice.json = on


def record(event: str, **fields: Any) -> bool:
    """Say something as a line of JSON, if stderr has such.

    :returns: False when it has not; then nothing has been said.
    """
    if not _Voice.json:
        return False
    import json
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": now, "event": event, **fields}, default=str)
    with _Voice.turn, suppress(OSError):
        _write(_Voice.stream or sys.stderr, line)
    return True


@contextmanager
def json_apart() -> Iterator[None]:
    """While stderr has JSON, put into it, as the event ``output``, what jobs and their workers write there."""
    if not _Voice.json:
        yield
        return
    from corral_core.cli.aside import stderr_aside

    def put_in(line: str) -> None:
        record("output", text=line)

    with stderr_aside(put_in) as real:
        _Voice.stream = real
        try:
            yield
        finally:
            _Voice.stream = None


def out(text: str) -> None:
    """Lines for stdout: what was asked for, such as a listing.

    :raises OutputError: when they can't be written.
    """
    with answering():
        _write(sys.stdout, text)


def out_bytes(data: bytes) -> None:
    """Data for stdout, as it is.

    :raises OutputError: when it can't be written.
    """
    if sys.stdout is None:  # as in _write
        return
    with answering():
        try:
            _put(sys.stdout.buffer, data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            leave(sys.stdout)


def err(text: str) -> None:
    """Lines for stderr: progress, summaries, errors. A log that can't be written is no reason to fail."""
    if not record("message", text=text):
        with suppress(OSError):
            _write(sys.stderr, text)


@contextmanager
def quiet_pipe() -> Iterator[None]:
    """The same quiet end for what others print. Not around a run, whose own broken pipes are failures."""
    try:
        yield
    except BrokenPipeError:
        leave(sys.stdout)


@contextmanager
def answering() -> Iterator[None]:
    """For what writes to stdout.

    :raises OutputError: when it can't be written.
    """
    try:
        yield
    except OSError as error:
        if sys.stdout is not None:
            _flush_nowhere(sys.stdout)
        raise OutputError(f"stdout can't be written: {reason_of(error)}") from error


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # started with that descriptor closed, as daemons are
        return
    try:
        line, buffer = _writable(stream, text + "\n"), getattr(stream, "buffer", None)
        if isinstance(buffer, RawIOBase):  # PYTHONUNBUFFERED: the text layer would lose what it does not take
            _put(buffer, line.encode(stream.encoding, stream.errors or "strict"))
        else:
            stream.write(line)
        stream.flush()
    except BrokenPipeError:
        leave(stream)


def _writable(stream: TextIO, text: str) -> str:
    """A path or value that the stream's encoding lacks is no reason to fail."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding, getattr(stream, "errors", None) or "strict")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _put(stream: BufferedIOBase | RawIOBase | BinaryIO, data: bytes) -> None:
    """All of it: one that is not buffered may take a part only, and says of a reader that is gone with the next."""
    left = memoryview(data)
    while left:
        taken = stream.write(left)
        if taken is None:  # not buffered, and not to be waited for
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[taken:]


def leave(stream: TextIO) -> NoReturn:
    """End this process as one does whose reader has gone."""
    _flush_nowhere(stream)
    raise SystemExit(_CLOSED_PIPE)


def _flush_nowhere(stream: TextIO) -> None:
    """The interpreter flushes once more on its way out, and would complain with an exit code of its own."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
