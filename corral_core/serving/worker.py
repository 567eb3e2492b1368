"""The process's side: takes tasks from its socket one after the other, runs them, sends the replies.

Tasks run in the main thread, as user code expects (signal handlers, tracebacks). Files are plain descriptors and
imports are few, because every worker of every run pays for them.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from corral_core.serving.lifeline import end_with_parent
from corral_core.serving.wire import JOB, PROFILE, READY, REPLY, TASK, Frames, describe, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[bytes], bytes]

__all__ = ["serve"]

_READ = 2**18


def serve(connection: int, lifeline: int, parent: int, load: Callable[[], Answer]) -> NoReturn:
    """Serve until the parent hangs up, and end this process.

    :param connection: descriptor of the socket to the parent.
    :param lifeline: descriptor of the reading end of the parent's lifeline.
    :param parent: its process id.
    :param load: imports what answers a task's message; called when this process can't outlive its parent any more.
    """
    _keep_to_ourselves(connection, lifeline)
    end_with_parent(lifeline, parent)
    del sys.argv[1:]
    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = _no_terminal
    answer = load()
    # The parent hung up: nobody waits for an answer, nor for a traceback.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        _send(connection, frame(READY))
        for kind, body in _receive(connection):
            if kind == TASK:
                _send(connection, _answered(answer, body))
            elif kind == JOB:
                _preload(body)
            elif kind == PROFILE:
                _profile(f"{os.fsdecode(body)}.{os.getpid()}")
    _leave()


def _leave() -> NoReturn:
    """End as Python would, but without taking the heap apart object by object: after a large task that takes a while,
    and the parent waits."""
    atexit._run_exitfuncs()
    _flush_prints()
    os._exit(0)


def _keep_to_ourselves(*descriptors: int) -> None:
    # The parent takes the end of the socket for the end of this process, so no child may hold a copy.
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
        os.register_at_fork(after_in_child=lambda descriptor=descriptor: os.close(descriptor))


def _receive(connection: int) -> Iterator[tuple[bytes, bytes]]:
    frames = Frames()
    while data := os.read(connection, _READ):
        yield from frames.feed(data)


def _send(connection: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(connection, view) :]


def _answered(answer: Answer, message: bytes) -> bytes:
    try:
        reply = frame(REPLY, answer(message))
    except Exception as error:  # noqa: BLE001  (whatever it is, the parent must hear of it and the worker go on)
        reply = frame(*describe(error))
    _flush_prints()
    return reply


def _flush_prints() -> None:
    # A worker may be killed at any moment after its answer, with all that is still in its buffers.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # None, gone, or closed by the job
            stream.flush()


def _profile(path: str) -> None:
    """Record this process's allocations until it ends. The driver does so too, so memray is here."""
    import memray

    try:
        tracker = memray.Tracker(destination=memray.FileDestination(path, overwrite=True))
        tracker.__enter__()
    except OSError as error:
        print(f"no memory profile in {path}: {error}", file=sys.stderr)
    else:
        atexit.register(tracker.__exit__, None, None, None)


def _preload(body: bytes) -> None:
    with contextlib.suppress(Exception, SystemExit):  # a task will meet the same error and report it
        import msgspec

        from corral_core.engine.loading import load_ref
        from corral_core.tasks import JobRef

        load_ref(msgspec.json.decode(body, type=JobRef))


def _no_terminal(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("breakpoint() needs the terminal, which a worker process has not: use --executor inline")
