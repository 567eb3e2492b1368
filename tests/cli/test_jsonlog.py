"""``--log-format json``, read as a machine reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = ("job.py", "in.txt", "-o", "out")
JSON = ("--log-format", "json")


def corral_json(*arguments: str, code: int = 0, variables: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What a run says, each line an object."""
    import os

    program = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ} | (variables or {}),
    )
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("executor", ["inline", "local-process"])
@pytest.mark.usefixtures("here")
def test_every_event_and_the_summary_is_an_object_with_its_time(executor: str) -> None:
    said = corral_json(*RUN, *JSON, "--executor", executor, "--reducers", "1")
    assert [line["event"] for line in said] == [
        "run_started",
        *("phase_started", "task_started", "task_finished", "phase_finished") * 2,
        "step",
        "run_finished",
        "summary",
    ]
    times = [line["time"] for line in said]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)
    summary = said[-1]
    assert (summary["outputs"], summary["stats"]["records_in"], summary["counters"]) == (1, 2, {"lines": 2})


@pytest.mark.usefixtures("here")
def test_an_error_is_an_object_with_its_traceback_and_exit_code(here: Path) -> None:
    (here / "in.txt").write_text("boom\n")
    said = corral_json(*RUN, *JSON, "--executor", "inline", code=1)
    failed = next(line for line in said if line["event"] == "task_finished")
    assert (failed["outcome"], failed["error"], failed["stats"]) == ("failed", "ValueError: boom is no word", None)
    error = said[-1]
    assert (error["event"], error["kind"], error["exit_code"]) == ("error", "TaskFailedError", 1)
    assert error["traceback"].splitlines()[-1] == "ValueError: boom is no word"
    assert said[-2]["event"] == "run_finished"
    assert said[-2]["error"] == error["message"]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ((*JSON, "--frobnicate"), "UsageError"),
        (("--log-format=json", "job.py", "in.txt", "--reducers", "none"), "SettingsError"),
        ((*JSON, "nowhere.py", "in.txt"), "JobError"),
    ],
    ids=["flag", "setting", "job"],
)
@pytest.mark.usefixtures("here")
def test_what_is_refused_before_the_settings_are_known_is_json_too(arguments: tuple[str, ...], kind: str) -> None:
    (error,) = corral_json(*arguments, code=2)
    assert (error["event"], error["kind"], error["exit_code"], error["traceback"]) == ("error", kind, 2, "")


@pytest.mark.usefixtures("here")
def test_the_environment_and_the_rc_file_ask_for_it_too(here: Path) -> None:
    assert corral_json(*RUN, "-q", "--executor", "inline", variables={"CORRAL_LOG_FORMAT": "json"}) == []
    (here / "corralrc").write_text("logFormat: json\n")
    (error,) = corral_json(*RUN, "--executor", "inline", code=2)
    assert error["kind"] == "OutputError"


@pytest.mark.usefixtures("here")
def test_without_progress_the_summary_is_left_and_quiet_leaves_nothing() -> None:
    said = corral_json(*RUN, *JSON, "--executor", "inline", "--progress", "none")
    assert [line["event"] for line in said] == ["summary"]
    assert corral_json(*RUN, *JSON, "--executor", "inline", "--overwrite", "-q") == []


@pytest.mark.parametrize("executor", ["inline", "local-process"])
def test_what_a_job_writes_to_stderr_is_an_object_as_well(executor: str, here: Path) -> None:
    (here / "job.py").write_text(
        "import sys\n"
        "from corral_core import Job\n"
        "def mapper(key, value):\n"
        '    print(\'{"not": ours}\', "\\udcff", file=sys.stderr)\n'
        "    return [(value, 1)]\n"
        "job = Job(mapper)\n"
    )
    said = corral_json(*RUN, *JSON, "--executor", executor)
    output = [line["text"] for line in said if line["event"] == "output"]
    assert output == ['{"not": ours} \\udcff'] * 2
    assert said[-1]["event"] == "summary"
