from __future__ import annotations

import pytest

from corral_core.errors import (
    CorralError,
    ExecutorUnavailable,
    MessageError,
    OutOfMemory,
    TaskTimeout,
    Throttled,
    WorkerLost,
)
from corral_lambda.failures import call_failure, function_failure
from corral_lambda.report import Report

FULL, ROOMY = Report(1.0, 256, 256), Report(1.0, 256, 80)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("TooManyRequestsException", 429, Throttled),
        ("Unknown", 429, Throttled),
        ("EC2ThrottledException", 502, Throttled),
        ("ResourceConflictException", 409, Throttled),
        ("ServiceException", 500, WorkerLost),
        ("502", 502, WorkerLost),
        ("503", 503, WorkerLost),
        ("RequestEntityTooLargeException", 413, MessageError),
        ("ResourceNotFoundException", 404, ExecutorUnavailable),
        ("AccessDeniedException", 403, ExecutorUnavailable),
        ("ExpiredTokenException", 403, ExecutorUnavailable),
        ("InvalidRequestContentException", 400, ExecutorUnavailable),
    ],
)
def test_a_call_that_fails_is_one_of_the_closed_set(code: str, status: int, expected: type[CorralError]) -> None:
    error = call_failure(code, "the reason", status)
    assert type(error) is expected
    assert "the reason" in str(error)


@pytest.mark.parametrize(
    ("kind", "message", "report", "expected"),
    [
        ("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 3.00 seconds", ROOMY, TaskTimeout),
        ("", "2026-11-22T10:00:00.000Z 1 Task timed out after 3.00 seconds", None, TaskTimeout),
        ("Runtime.ExitError", "Runtime exited with error: signal: killed", FULL, OutOfMemory),
        ("Runtime.OutOfMemory", "Runtime.OutOfMemory", ROOMY, OutOfMemory),
        ("Runtime.ExitError", "Runtime exited with error: signal: killed", ROOMY, WorkerLost),
        ("Runtime.ExitError", "Runtime exited with error: exit status 3", None, WorkerLost),
        ("Runtime.ImportModuleError", "Unable to import module", ROOMY, ExecutorUnavailable),
        ("PermissionError", "denied", ROOMY, WorkerLost),
        ("Function.ResponseSizeTooLarge", "Response payload size exceeded", ROOMY, WorkerLost),
    ],
)
def test_a_function_that_fails_is_one_of_the_closed_set(
    kind: str, message: str, report: Report | None, expected: type[CorralError]
) -> None:
    error = function_failure({"errorType": kind, "errorMessage": message}, report, "the end of the log")
    assert type(error) is expected
    assert message in str(error)


def test_a_function_that_cannot_start_shows_its_log() -> None:
    answer = {"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named x"}
    assert "the end of the log" in str(function_failure(answer, None, "the end of the log"))
