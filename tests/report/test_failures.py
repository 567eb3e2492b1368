from __future__ import annotations

import pytest

from corral_core.errors import InputError, TaskFailedError, WorkerLost
from corral_core.events import TaskFinished
from corral_core.report.failures import MESSAGE, TRACEBACK, FailureLog, clean, ending_of
from corral_core.tasks import Failed, TaskId

TASK = TaskId("run", 0, "map", 3)


def lost(message: str) -> TaskFinished:
    error = TaskFailedError("stage 0 map 3 failed", "stage 0 map 3")
    error.__cause__ = WorkerLost(message)
    return TaskFinished(TASK, None, error, "failed")


def test_the_first_and_the_last_are_kept_and_the_others_counted() -> None:
    log = FailureLog(kept=3)
    for row in range(20):
        log.add(row, lost(f"number {row}"))
    assert [failure.row for failure in log.kept] == [0, 1, 2, 17, 18, 19]
    assert log.left_out == 14


def test_recalled_ones_count_with_those_that_were_left_out_before() -> None:
    earlier, log = FailureLog(kept=1), FailureLog(kept=1)
    for row in range(5):
        earlier.add(row, lost(""))
    log.recall(earlier.kept, earlier.left_out)
    log.add(5, lost(""))
    assert ([failure.row for failure in log.kept], log.left_out) == ([0, 5], 4)


def test_what_the_place_did_is_told_by_its_own_error() -> None:
    log = FailureLog()
    log.add(7, lost("its process ended"))
    (failure,) = log.kept
    assert (failure.row, failure.kind, failure.error, failure.message) == (
        7,
        "place",
        "WorkerLost",
        "its process ended",
    )


def test_long_messages_keep_their_beginning_and_tracebacks_their_end() -> None:
    report = Failed(TASK, "user", "ValueError", "m" * 10**5, "t" * 10**5 + "end", "in.txt", 5, "'x'")
    log = FailureLog()
    log.add(0, TaskFinished(TASK, report, None, "failed"))
    (failure,) = log.kept
    assert (len(failure.message), len(failure.traceback)) == (MESSAGE, TRACEBACK)
    assert failure.traceback.endswith("end")
    assert (failure.file, failure.offset, failure.preview) == ("in.txt", 5, "'x'")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/path failed", "https://...@host/path failed"),
        ("https://host/in.txt?X-Amz-Signature=abc&x=1 failed", "https://host/in.txt?... failed"),
        ("s3://bucket/what?.txt", "s3://bucket/what?..."),
        ("/plain/path?x=1", "/plain/path?x=1"),
        ("two s3://a/b and sftp://u:p@h/c", "two s3://a/b and sftp://...@h/c"),
    ],
)
def test_credentials_in_addresses_are_left_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_an_error_of_corrals_own_needs_no_traceback_and_a_bug_has_its_own() -> None:
    assert ending_of(InputError("nothing there")).traceback == ""
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018  (it raises)
    assert "test_failures.py" in ending_of(caught.value).traceback
