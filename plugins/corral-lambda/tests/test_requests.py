"""What a run asks of S3, counted where it arrives: the driver's requests and its workers' together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.engine.result import RunResult
    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LINES, LINE = 200, b"to be or not to be, that is the question\n"
SPLITS, MAPPERS, REDUCERS = 40, 10, 4


@pytest.fixture
def asked(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunResult:
    """A word count has run, in the layout of one object for each mapper."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text(
        "from corral_core import Job, Sum\njob = Job(lambda key, line: [(word, 1) for word in line.split()], Sum())\n"
    )
    (aws.bucket("data") / "in.txt").write_bytes(LINES * LINE)
    size = LINES * len(LINE)
    options: dict[str, object] = {"split_size": size // SPLITS, "map_bin_size": size // MAPPERS, "reducers": REDUCERS}
    # No backups: a cold start on a busy machine may well get one, whose requests would count too.
    options |= {"executor": "lambda", "working_location": "s3://data/out", "backup_factor": 0}
    result = run(load_job("job.py"), ["s3://data/in.txt"], load_settings(options))
    assert dict(result)["be,"] == str(LINES)
    return result


@pytest.mark.usefixtures("asked")
def test_requests_stay_within_their_budget(aws: LocalAws) -> None:
    both = aws.s3.counts + aws.worker_s3.counts
    assert both["PUT"] + both["UPLOAD"] <= MAPPERS + REDUCERS + 10
    assert both["GET"] + both["HEAD"] <= SPLITS + MAPPERS * REDUCERS + MAPPERS + 10
    assert len(list(aws.bucket("data").glob("out/*"))) == REDUCERS + 2  # the manifest and the report


def test_the_result_tells_what_the_tasks_asked_for(aws: LocalAws, asked: RunResult) -> None:
    """And not what the look asked for whether new rights hold, which is no task."""
    seen = Counter(each.kind for each in aws.worker_s3.seen if not each.target.endswith(("/probe", "/probe-answer")))
    assert asked.stats.requests == seen


@pytest.mark.usefixtures("asked")
def test_only_the_driver_lists_and_its_lists_do_not_grow_with_the_tasks(aws: LocalAws) -> None:
    assert aws.worker_s3.counts["LIST"] == 0
    assert aws.s3.counts["LIST"] <= 7
