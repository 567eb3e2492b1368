from __future__ import annotations

from corral_lambda.report import Report, Usage, parse_report

START = "START RequestId: 1 Version: 3\nhello\nEND RequestId: 1\n"
COLD = (
    "REPORT RequestId: 1\tDuration: 2110.35 ms\tBilled Duration: 2542 ms\tMemory Size: 1500 MB\t"
    "Max Memory Used: 203 MB\tInit Duration: 500.00 ms\t\n"
)
WARM = "REPORT RequestId: 1\tDuration: 3.50 ms\tBilled Duration: 4 ms\tMemory Size: 512 MB\tMax Memory Used: 204 MB\t\n"


def test_a_cold_start_is_read_with_its_init() -> None:
    assert parse_report(START + COLD) == Report(2.542, 1500, 203, 0.5)


def test_a_warm_one_has_none() -> None:
    assert parse_report(WARM) == Report(0.004, 512, 204, None)


def test_what_follows_the_report_does_not_matter() -> None:
    assert parse_report(START + WARM + "XRAY TraceId: 1\tSegmentId: 2\tSampled: true\n") == parse_report(WARM)


def test_a_log_without_a_report_has_none() -> None:
    assert parse_report(START) is None
    assert parse_report("REPORT RequestId: 1\tDuration: odd\n") is None


def test_usage_adds_up() -> None:
    usage = Usage()
    for tail in (START + COLD, WARM, START):
        usage.add(parse_report(tail))
    assert (usage.requests, usage.cold_starts, usage.memory_peak) == (3, 1, 204)
    assert usage.billed_seconds == 2.542 + 0.004
    assert usage.gigabyte_seconds == 2.542 * 1500 / 1024 + 0.004 / 2
    assert str(usage) == "3 invocations (1 cold), 3.73 GB-seconds billed, 204 MB used at most"
