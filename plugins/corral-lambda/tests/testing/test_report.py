"""The log of an invocation reads as Lambda's."""

from __future__ import annotations

from dataclasses import replace

from corral_lambda.testing.report import TIMED_OUT, Run, log_of

RUN = Run(
    request="1f", version="3", stream="s", body=b"1", output="one\ntwo", seconds=0.0021, init=None, memory=256, peak=41
)
REPORT = "REPORT RequestId: 1f\tDuration: 2.10 ms\tBilled Duration: 3 ms\tMemory Size: 256 MB\tMax Memory Used: 41 MB\t"


def test_a_warm_invocation() -> None:
    assert log_of(RUN) == ["START RequestId: 1f Version: 3", "one", "two", "END RequestId: 1f", REPORT]


def test_a_cold_start_is_billed_and_told() -> None:
    report = log_of(replace(RUN, init=0.1))[-1]
    assert report == REPORT.replace("Billed Duration: 3 ms", "Billed Duration: 103 ms") + "Init Duration: 100.00 ms\t"


def test_a_time_out_is_told_with_the_time_of_day() -> None:
    run = replace(RUN, error=TIMED_OUT, message="RequestId: 1f Error: Task timed out after 3.00 seconds")
    log = log_of(run)
    assert log[3].endswith("Z 1f Task timed out after 3.00 seconds")
    assert log[-1] == REPORT + "Status: timeout\t"


def test_a_crash_is_told_with_its_type() -> None:
    run = replace(
        RUN, error="Runtime.ExitError", message="RequestId: 1f Error: Runtime exited with error: exit status 3"
    )
    log = log_of(run)
    assert log[3:5] == ["RequestId: 1f Error: Runtime exited with error: exit status 3", "Runtime.ExitError"]
    assert log[-1] == REPORT + "Status: error\tError Type: Runtime.ExitError\t"
