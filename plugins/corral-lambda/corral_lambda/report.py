"""What Lambda reports of an invocation in the tail of its log, and its sums over a run.

::

    REPORT RequestId: 1f9e...  Duration: 2110.35 ms  Billed Duration: 2542 ms  Memory Size: 1500 MB  Max Memory Used:
    203 MB  Init Duration: 431.02 ms
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Report", "Usage", "parse_report"]

_FIELD = re.compile(r"(?:^|\t)([A-Z][A-Za-z ]+): ([0-9.]+) (ms|MB)(?=\t|\s*$)")


@dataclass(frozen=True)
class Report:
    """One invocation."""

    billed_seconds: float
    memory_size: int
    """MB that the function has."""
    memory_peak: int
    """MB that it has used at most, over this environment's life."""
    init_seconds: float | None = None
    """Of a cold start; None for a warm one."""


def parse_report(tail: str) -> Report | None:
    """The report in a log's tail; None when there is none."""
    line = next((line for line in reversed(tail.splitlines()) if line.startswith("REPORT ")), None)
    if line is None:
        return None
    fields = {name.strip(): float(number) for name, number, _ in _FIELD.findall(line)}
    try:
        billed, size, peak = fields["Billed Duration"], fields["Memory Size"], fields["Max Memory Used"]
    except KeyError:
        return None
    init = fields.get("Init Duration")
    return Report(billed / 1000, int(size), int(peak), None if init is None else init / 1000)


@dataclass
class Usage:
    """What a run has used of Lambda, as far as its answers told."""

    requests: int = 0
    reports: int = 0
    """Those of which Lambda reported what it bills."""
    cold_starts: int = 0
    billed_seconds: float = 0.0
    gigabyte_seconds: float = 0.0
    """What the bill counts, with the requests."""
    memory_peak: int = 0
    """MB, of the largest invocation."""

    def __str__(self) -> str:
        """As people read it: ``12 invocations (3 cold), 41.20 GB-seconds billed, 203 MB used at most``."""
        return (
            f"{self.requests:,} invocations ({self.cold_starts:,} cold), "
            f"{self.gigabyte_seconds:,.2f} GB-seconds billed, {self.memory_peak:,} MB used at most"
        )

    def add(self, report: Report | None) -> None:
        """Count one invocation."""
        self.requests += 1
        if report is not None:
            self.reports += 1
            self.cold_starts += report.init_seconds is not None
            self.billed_seconds += report.billed_seconds
            self.gigabyte_seconds += report.billed_seconds * report.memory_size / 1024
            self.memory_peak = max(self.memory_peak, report.memory_peak)
