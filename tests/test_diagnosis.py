from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from corral_core.diagnosis import Finding, clock_findings, failed
from corral_core.errors import UsageError


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, "ok"), (-50, "ok"), (100, "warning"), (-100, "warning"), (900, "failed"), (-900, "failed")],
)
def test_a_clock_fails_where_clouds_refuse_it(seconds: int, state: str) -> None:
    (finding,) = clock_findings(formatdate(time.time() + seconds, usegmt=True), "AWS")
    assert (finding.what, finding.state) == ("clock", state)
    assert ("ahead" in finding.detail, "behind" in finding.detail) == (seconds < -60, seconds > 60)
    assert ("timedatectl" in finding.remedy) == (state != "ok")


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_answer_without_a_date_says_nothing_of_the_clock(date: str | None) -> None:
    assert list(clock_findings(date, "AWS")) == []


@pytest.mark.parametrize(
    ("message", "detail", "remedy"),
    [
        ("no region is set: give one", "no region is set", "give one"),
        ("there is none: looked at a, at b; set one up", "there is none: looked at a, at b", "set one up"),
        ("it is gone", "it is gone", ""),
    ],
)
def test_a_refusal_becomes_a_finding_with_its_way_out(message: str, detail: str, remedy: str) -> None:
    assert failed("account", UsageError(message)) == Finding("account", "failed", detail, remedy)
