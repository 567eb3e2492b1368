"""``corral plan``, and then the run itself on an AWS of this machine: the estimate, and what was counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.settings import load_settings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from corral_core.engine.result import RunResult
    from corral_lambda.testing import LocalAws

    Corral = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LINES, LINE = 200, b"to be or not to be, that is the question\n"
SIZE = LINES * len(LINE)
CUT = {"split_size": SIZE // 40, "map_bin_size": SIZE // 10, "reducers": 4}
SOME = 10
"""Requests of the driver, of each class, by which the estimate may be wrong."""


@pytest.fixture
def here(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A word count whose mappers all meet all words, and its input in S3."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "job.py").write_text(
        "from corral_core import Job, Sum\njob = Job(lambda key, line: [(word, 1) for word in line.split()], Sum())\n"
    )
    (aws.bucket("data") / "in.txt").write_bytes(LINES * LINE)
    return tmp_path / "here"


def planned(corral: Corral, *more: str) -> dict[str, Any]:
    flags = [text for name, value in CUT.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    done = corral("plan", "job.py", "s3://data/in.txt", "--out", "s3://data/out", "--lambda", *flags, "--json", *more)
    plan: dict[str, Any] = json.loads(done.stdout)
    return plan


def ran() -> RunResult:
    # No backups: a cold start on a busy machine may well get one, which is billed too.
    options: dict[str, object] = {"executor": "lambda", "working_location": "s3://data/out", "backup_factor": 0, **CUT}
    return run(load_job("job.py"), ["s3://data/in.txt"], load_settings(options))


def quantities(items: list[dict[str, Any]]) -> dict[str, float]:
    return {item["name"]: item["quantity"] for item in items}


@pytest.mark.usefixtures("here")
def test_a_plan_deploys_nothing_and_writes_nothing(aws: LocalAws, corral: Corral) -> None:
    for more in ((), ("--sample", "100%")):
        before = Counter(aws.s3.counts)
        assert planned(corral, *more)["executor"] == "lambda"
        assert aws.calls == []
        assert {kind for kind, number in (Counter(aws.s3.counts) - before).items() if number} <= {"GET", "HEAD", "LIST"}


@pytest.mark.usefixtures("here")
def test_the_run_asks_for_what_was_planned_and_its_bill_is_what_was_counted(aws: LocalAws, corral: Corral) -> None:
    plan = planned(corral)
    before = Counter(aws.s3.counts)
    result = ran()
    seen = Counter(aws.s3.counts) - before
    assert result.cost.total > 0
    bill = {item.name: item.quantity for item in result.cost.items}
    invocations = sum(call.operation == "Invoke" for call in aws.calls)
    assert bill["lambda.request"] == invocations
    for outlook in (plan["low"], plan["high"]):
        assert outlook["requests"] == result.stats.requests
        # One call more, or some, see whether the function has its new rights.
        assert outlook["tasks"] == 14 <= invocations
        estimated = quantities(outlook["cost"])
        assert estimated.keys() == bill.keys()
        assert abs(estimated["s3.get"] - bill["s3.get"]) <= SOME
        assert abs(estimated["s3.put"] - bill["s3.put"]) <= SOME
    own = Counter(result.stats.requests)
    assert bill["s3.get"] == own["GET"] + seen["GET"] + seen["HEAD"]
    assert bill["s3.put"] == own["PUT"] + seen["PUT"] + seen["LIST"]


@pytest.mark.usefixtures("here")
def test_the_summary_says_what_it_cost(corral: Corral) -> None:
    flags = ("--out", "s3://data/out", "--lambda", "--reducers", 1)
    done = corral("job.py", "s3://data/in.txt", *flags, "--prices", "s3.put=1")
    line = next(line for line in done.stderr.splitlines() if line.startswith("cost: "))
    assert line.startswith("cost: about $")
    assert "at list prices (lambda 0.0" in line
    assert "GB-seconds" in line
    assert "PUT-class requests" in line
    dollars = float(line.removeprefix("cost: about $").split(" ")[0].replace(",", ""))
    assert dollars >= 3  # a dollar for each of the manifest, the output and the segments at least


@pytest.mark.usefixtures("aws", "here")
def test_a_plan_needs_no_rights_in_lambda(corral: Corral) -> None:
    """The account has none of corral's functions or roles, and a managed role is not asked for."""
    assert planned(corral, "--no-lambda-manage-role")["low"]["tasks"] == 14
