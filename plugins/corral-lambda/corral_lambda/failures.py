"""What went wrong with a call, in the core's closed set: pure functions over what Lambda answers.

Error types and messages as its runtime API and its developer guide have them, as of November 2026.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from corral_core.errors import (
    CorralError,
    ExecutorUnavailable,
    MessageError,
    OutOfMemory,
    TaskTimeout,
    Throttled,
    WorkerLost,
)

if TYPE_CHECKING:
    from corral_lambda.report import Report

__all__ = ["call_failure", "function_failure"]

_THROTTLED = frozenset(
    {"TooManyRequestsException", "EC2ThrottledException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
)
_NOT_YET = frozenset({"ResourceConflictException", "ResourceNotReadyException", "SnapStartNotReadyException"})
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_NEVER_RAN = frozenset(
    {"Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.UserCodeSyntaxError", "Runtime.InvalidEntrypoint"}
)
_NEARLY = 0.99
"""Of a function's memory: Lambda rounds what was used to whole megabytes."""


def call_failure(code: str, message: str, status: int) -> CorralError:
    """A call that Lambda refused or that broke on its side: no function answered."""
    said = f"Lambda answered {code} ({status}): {message}"
    if code in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(f"{said}; give a lower maxConcurrency, or ask AWS for more concurrency")
    if code in _NOT_YET:
        return Throttled(said)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or code == "RequestTooLargeException":
        return MessageError(f"a task's message is larger than the 6 MiB that Lambda takes: {message}")
    if code == "ResourceNotFoundException":
        return ExecutorUnavailable(f"the function is gone while the run used it: {message}; run it again")
    if status in _DENIED:
        return ExecutorUnavailable(f"{said}; the driver's credentials must allow lambda:InvokeFunction")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return WorkerLost(said)
    return ExecutorUnavailable(said)


def function_failure(answer: dict[str, Any], report: Report | None, tail: str) -> CorralError:
    """A function that ended without corral's answer.

    :param answer: what Lambda answered in its place.
    :param tail: the end of its log.
    """
    kind, message = str(answer.get("errorType", "")), str(answer.get("errorMessage", "no message"))
    if "Task timed out" in message or kind == "Sandbox.Timedout":
        return TaskTimeout(f"{message}; give --lambda-timeout more, up to 900, or smaller bins (--map-bin-size)")
    if "OutOfMemory" in kind or (report is not None and report.memory_peak >= report.memory_size * _NEARLY):
        size = f"{report.memory_size} MB" if report else "its memory"
        return OutOfMemory(f"the function needed more than {size}: give --lambda-memory more, up to 10240 ({message})")
    if kind in _NEVER_RAN:
        return ExecutorUnavailable(f"the function can't start, {kind}: {message}; the end of its log:\n{tail}")
    return WorkerLost(
        f"the function ended without an answer, {kind or 'Unknown'}: {message}; corral logs shows what it wrote"
    )
