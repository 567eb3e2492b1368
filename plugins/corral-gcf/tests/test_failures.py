from __future__ import annotations

import pytest

from corral_core.errors import (
    CorralError,
    ExecutorUnavailable,
    MessageError,
    TaskTimeout,
    Throttled,
    WorkerLost,
)
from corral_gcf.failures import call_failure


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, "Rate exceeded.", Throttled),
        (500, "The request was aborted because there was no available instance.", Throttled),
        (500, "Internal Server Error", WorkerLost),
        (502, "<html>", WorkerLost),
        (503, "The request failed because either the HTTP response was malformed", WorkerLost),
        (504, "upstream request timeout", TaskTimeout),
        (408, "", TaskTimeout),
        (401, "", ExecutorUnavailable),
        (403, "", ExecutorUnavailable),
        (404, "", ExecutorUnavailable),
        (413, "", MessageError),
        (418, "", ExecutorUnavailable),
    ],
)
def test_each_answer_is_one_of_the_closed_set(status: int, body: str, kind: type[CorralError]) -> None:
    error = call_failure(status, body, "fn")
    assert type(error) is kind
    assert str(error)[0].isupper() is str(error).startswith("Cloud Run")
    assert "\n" not in str(error)
