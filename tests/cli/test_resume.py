"""Runs that do not end well, as a user meets them: interrupted, listed, gone on with, cleaned away."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from corral_core.cli.resume import with_latest
from corral_core.engine.folder import Session
from corral_core.report.store import NAME as REPORT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Corral

JOB = """
import os, time
from corral_core import Job

def mapper(key, value):
    if value == "w" and os.path.exists("waiting"):
        os.write({write}, b"x")
        while os.path.exists("waiting"):
            time.sleep(0.01)
    yield value, 1

def reducer(key, values):
    yield key, sum(values)

job = Job(mapper, reducer, reducers=1)
"""
OPTIONS = ("--executor", "inline", "--split-size", "2", "--map-bin-size", "2", "-o", "out")


@pytest.fixture
def interrupted(here: Path) -> str:
    """A run that was interrupted in the last of three map tasks; answers its id. Its job does not wait any more."""
    err = _stopped_run(here, [signal.SIGINT])
    (found,) = re.findall(r"--resume (\S+)$", err)
    return str(found)


def _stopped_run(here: Path, signals: list[signal.Signals], *, code: int = 130) -> str:
    """What a run says that gets these signals in its last map task."""
    read, write = os.pipe()
    (here / "job.py").write_text(JOB.format(write=write))
    (here / "in.txt").write_text("a\nb\nw\n")
    (here / "waiting").touch()
    text = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", text, "job.py", "in.txt", *OPTIONS]
    process = subprocess.Popen(command, cwd=here, pass_fds=[write], stderr=subprocess.PIPE, text=True)
    os.close(write)
    try:
        assert os.read(read, 1) == b"x"
        for number in signals:
            process.send_signal(number)
        _, err = process.communicate(timeout=20)
    finally:
        os.close(read)
        process.kill()
        process.communicate()
    (here / "waiting").unlink()
    assert process.returncode == code
    return err


def test_an_interrupted_run_says_the_command_that_goes_on(here: Path) -> None:
    err = _stopped_run(here, [signal.SIGINT])
    told, hint = err.splitlines()[-2:]
    assert told == "corral: interrupted"
    assert re.fullmatch(
        r"corral: 2 finished tasks are kept; to go on: -c job\.py in\.txt "
        r"--executor inline --split-size 2 --map-bin-size 2 -o out --resume \d{8}-\d{6}-[0-9a-f]{8}",
        hint,
    )


@pytest.mark.parametrize("given", [["--resume"], ["--resume", "latest"], ["--resume", "ID"]], ids=" ".join)
@pytest.mark.parametrize("executor", ["inline", "local-process"])
def test_it_is_gone_on_with_on_any_executor(
    interrupted: str, given: list[str], executor: str, corral: Corral, here: Path
) -> None:
    resume = [interrupted if part == "ID" else part for part in given]
    # Before the job's name, which is not the flag's value.
    outcome = corral(*resume, "job.py", "in.txt", *OPTIONS, "--executor", executor)
    assert outcome.code == 0, outcome.err
    assert "map mapper: 3/3 tasks, 1 record" in outcome.err
    assert (here / "out" / "output-0").read_text() == "a\t1\nb\t1\nw\t1\n"
    assert sorted(path.name for path in (here / "out").iterdir()) == ["_SUCCESS", REPORT, "output-0"]


def test_runs_lists_it_with_its_state(interrupted: str, corral: Corral) -> None:
    outcome = corral("runs", "out")
    assert outcome.code == 0
    assert re.fullmatch(
        rf"{interrupted}  interrupted  2 tasks done, taken up \d{{4}}-\d\d-\d\d \d\d:\d\d on inline by \S+\n",
        outcome.out,
    )


def test_runs_says_when_there_are_none(corral: Corral, here: Path) -> None:
    assert corral("runs").out == f"no runs in {here}\n"


def test_a_damaged_run_is_listed_as_such_refused_and_removed(interrupted: str, corral: Corral, here: Path) -> None:
    (here / "out" / "_corral" / interrupted / "run.json").write_text("{")
    assert f"{interrupted}  damaged" in corral("runs", "out").out
    outcome = corral("job.py", "in.txt", *OPTIONS, "--resume")
    assert outcome.code == 2
    assert "run.json is damaged" in outcome.sentence
    assert "corral clean" in outcome.sentence
    assert corral("clean", "out").out == f"{interrupted}  removed (damaged, 0 tasks done)\n"
    assert [path.name for path in (here / "out").iterdir()] == [REPORT]


def test_clean_first_says_then_does(interrupted: str, corral: Corral, here: Path) -> None:
    assert corral("clean", "out", "-n").out == f"{interrupted}  would be removed (interrupted, 2 tasks done)\n"
    assert (here / "out" / "_corral" / interrupted).is_dir()
    assert corral("clean", "out", "--run", interrupted).out == f"{interrupted}  removed (interrupted, 2 tasks done)\n"
    assert [path.name for path in (here / "out").iterdir()] == [REPORT]


UNFINISHED = ".output-0.0123456789abcdef.tmp"
"""What a killed writer leaves."""


def test_clean_removes_unfinished_uploads(interrupted: str, corral: Corral, here: Path) -> None:
    (here / "out" / UNFINISHED).touch()
    assert corral("clean", "out").out.splitlines()[1:] == ["1 unfinished upload removed"]
    assert [path.name for path in (here / "out").iterdir()] == [REPORT]


def test_clean_leaves_uploads_alone_while_a_run_is_at_work(interrupted: str, corral: Corral, here: Path) -> None:
    """Its driver, this process, has not said that it ended."""
    session = here / "out" / "_corral" / interrupted / "session-0.json"
    now = Session.of_this_process(0, "inline")
    session.write_bytes(msgspec.json.encode(now))
    session.with_name("end-0.json").unlink()
    (here / "out" / UNFINISHED).touch()
    assert corral("clean", "out").out == f"{interrupted} at work: left alone\n"
    assert (here / "out" / UNFINISHED).exists()
    assert session.exists()


def test_clean_touches_nothing_where_no_run_has_been(corral: Corral, here: Path) -> None:
    """It may be anybody's directory."""
    folder = here / "somebody" / "below"
    folder.mkdir(parents=True)
    (folder / UNFINISHED).touch()
    assert corral("clean", "somebody").out == f"no runs in {here / 'somebody'}\n"
    assert (folder / UNFINISHED).exists()


def test_clean_of_a_run_that_is_not_there_is_refused(interrupted: str, corral: Corral) -> None:
    outcome = corral("clean", "out", "--run", "other")
    assert outcome.code == 2
    assert "there is no run other in" in outcome.sentence


def test_nothing_to_go_on_with_is_refused(corral: Corral, here: Path) -> None:
    outcome = corral("job.py", "in.txt", *OPTIONS, "--resume")
    assert outcome.code == 2
    assert "there is no run to go on with" in outcome.sentence
    assert not (here / "out").exists()


def test_another_job_is_refused_with_what_changed(interrupted: str, corral: Corral, here: Path) -> None:
    (here / "job.py").write_text((here / "job.py").read_text() + "\n")
    outcome = corral("job.py", "in.txt", *OPTIONS, "--resume", "--reducers", "3")
    assert outcome.code == 2
    assert "the job's code has changed; reducers was none and is 3" in outcome.sentence


def test_starting_anew_is_possible_and_clears_it_away(interrupted: str, corral: Corral, here: Path) -> None:
    assert corral("job.py", "in.txt", *OPTIONS).code == 0
    assert sorted(path.name for path in (here / "out").iterdir()) == ["_SUCCESS", REPORT, "output-0"]


def test_a_second_signal_ends_it_at_once(here: Path) -> None:
    """The first is answered when the mapper lets it, and this one's does not."""
    read, write = os.pipe()
    (here / "job.py").write_text(
        "import os\nfrom corral_core import Job\n"
        "def mapper(key, value):\n"
        "    while True:\n"
        "        try:\n"
        f"            os.write({write}, b'x')\n"
        "            while True:\n"
        "                pass\n"
        "        except KeyboardInterrupt:\n"
        "            pass\n"
        "job = Job(mapper)\n"
    )
    text = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", text, "job.py", "in.txt", *OPTIONS]
    process = subprocess.Popen(command, cwd=here, pass_fds=[write], stderr=subprocess.PIPE, text=True)
    os.close(write)
    try:
        for _ in range(2):
            assert os.read(read, 1) == b"x"
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        os.close(read)
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[-1] == (
        "corral: stopped at once; --resume goes on with what was done, corral clean removes what is left"
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], []),
        (["--resume"], ["--resume=latest"]),
        (["--resume", "job.py"], ["--resume=latest", "job.py"]),
        (["--resume", "latest", "job.py"], ["--resume", "latest", "job.py"]),
        (["--resume", "20261122-092550-5f753201"], ["--resume", "20261122-092550-5f753201"]),
        (["--resume=20261122-092550-5f753201"], ["--resume=20261122-092550-5f753201"]),
    ],
    ids=" ".join,
)
def test_a_bare_flag_means_the_latest(given: list[str], meant: list[str]) -> None:
    assert with_latest(given) == meant
