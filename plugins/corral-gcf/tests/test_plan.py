"""``corral plan``, and then the run itself on a Google Cloud of this machine: the estimate, and what was counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.settings import load_settings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LINES, LINE = 200, b"to be or not to be, that is the question\n"
SIZE = LINES * len(LINE)
CUT = {"split_size": SIZE // 10, "map_bin_size": SIZE // 5, "reducers": 2}
SOME = 10
"""Requests of the driver, of each class, by which the estimate may be wrong."""


def test_the_run_asks_for_what_was_planned(
    gcp: LocalGcp,
    corral: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here" / "job.py").write_text(
        "from corral_core import Job, Sum\njob = Job(lambda key, line: [(word, 1) for word in line.split()], Sum())\n"
    )
    monkeypatch.chdir(tmp_path / "here")
    gcp.put("gs://data/in.txt", LINES * LINE)
    flags = [text for name, value in CUT.items() for text in (f"--{name.replace('_', '-')}", value)]
    done = corral("plan", "job.py", "gs://data/in.txt", "--out", "gs://data/out", "--executor", "gcf", "--json", *flags)
    assert sorted(gcp.objects("gs://data")) == ["in.txt"]
    options: dict[str, object] = {"executor": "gcf", "working_location": "gs://data/out", "backup_factor": 0, **CUT}
    result = run(load_job("job.py"), ["gs://data/in.txt"], load_settings(options))
    bill = {item.name: item.quantity for item in result.cost.items}
    for outlook in (json.loads(done.stdout)[name] for name in ("low", "high")):
        assert outlook["requests"] == result.stats.requests
        estimated = {item["name"]: item["quantity"] for item in outlook["cost"]}
        assert estimated["gcf.request"] == outlook["tasks"] == bill["gcf.request"] == 7
        assert abs(estimated["gcs.class-a"] - bill["gcs.class-a"]) <= SOME
        assert abs(estimated["gcs.class-b"] - bill["gcs.class-b"]) <= SOME
