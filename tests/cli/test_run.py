"""Whole runs through the command, on the inline executor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import plugins as plugin_manager
from corral_core.cli.failures import stopping_on_signals
from corral_core.errors import ExecutorUnavailable
from corral_core.executors.inline import InlineExecutor
from corral_core.plugins import Plugins
from corral_core.report.store import NAME as REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

INLINE = ("--executor", "inline")
COUNTS = "a\t1\nb\t2\nc\t1\n"


def outputs(directory: Path) -> str:
    return "".join(path.read_text() for path in sorted(directory.glob("output-*")))


def result_of(directory: Path) -> list[str]:
    return sorted(outputs(directory).splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ("job.py", "in.txt", "-o", "out", *INLINE),
        ("--out", "out", *INLINE, "job.py", "in.txt"),
        (*INLINE, "job.py", "--working-location=out", "in.txt", "--no-verbose"),
        ("job.py:job", "in.txt", "-oout", *INLINE, "--split-size", "1B", "--reducers", "3"),
    ],
    ids=["after", "before", "mixed", "attribute"],
)
def test_options_stand_anywhere(arguments: tuple[str, ...], here: Path, corral: Any) -> None:
    outcome = corral(*arguments)
    assert (outcome.code, outcome.out) == (0, "")
    assert result_of(here / "out") == COUNTS.splitlines()


def test_progress_and_summary_go_to_stderr(here: Path, corral: Any) -> None:
    lines = corral("job.py", "in.txt", "-o", "out", *INLINE).err.splitlines()
    assert lines[0].startswith("map mapper: 1 task")
    assert any(line.startswith("reduce mapper: ") for line in lines)
    assert "on inline: 2 records (8 B) in, 3 records (12 B) out" in lines[-3]
    assert lines[-2] == "counters: lines 2"
    assert lines[-1].endswith("out")


def test_the_summary_says_how_many_bad_records_were_set_aside_and_where(here: Path, corral: Any) -> None:
    (here / "in.txt").write_text("a b\nboom\nb c\n")
    lines = corral("job.py", "in.txt", "-o", "out", *INLINE, "--max-bad-records", "1").err.splitlines()
    assert lines[-2] == f"1 bad record set aside in {here / 'out' / '_bad_records.jsonl'}"
    refused = corral("job.py", "in.txt", "-o", "out2", *INLINE, "--max-bad-records", "1%")
    assert refused.code == 1
    assert "more bad records than maxBadRecords=1% allows (1 of 3 in stage 0), first ValueError: boom" in refused.err


def test_quiet_says_nothing(here: Path, corral: Any) -> None:
    outcome = corral("job.py", "in.txt", "-o", "out", *INLINE, "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert outputs(here / "out") != ""


def test_verbose_has_a_line_for_every_task(here: Path, corral: Any) -> None:
    outcome = corral("job.py", "in.txt", "-o", "out", *INLINE, "-v")
    assert "stage 0 map 0: 2 records" in outcome.err
    assert "stage 0 reduce 0: " in outcome.err


def test_settings_come_from_the_environment_and_the_rc_file(here: Path, corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CORRAL_EXECUTOR", "inline")
    (here / "corralrc").write_text("workingLocation: from-rc\nreducers: 2\n")
    assert corral("job.py", "in.txt").code == 0
    assert len(list((here / "from-rc").glob("output-*"))) == 2


def test_options_of_the_driver_come_before_flags(here: Path, corral: Any) -> None:
    (here / "driver.py").write_text(
        "from corral_core import Driver\nfrom job import job\nd = Driver(job, reducers=2, workingLocation='code')\n"
    )
    assert corral("driver.py", "in.txt", *INLINE, "--reducers", "1", "-o", "flag").code == 0
    assert len(list((here / "code").glob("output-*"))) == 2
    assert not (here / "flag").exists()


def test_one_of_several_jobs_is_chosen_by_name(here: Path, corral: Any, monkeypatch: Any) -> None:
    (here / "two.py").write_text(
        "from corral_core import Job\n"
        "first = Job(lambda key, value: [(value, 'first')])\n"
        "second = Job(lambda key, value: [(value, 'second')])\n"
    )
    outcome = corral("two.py", "in.txt", *INLINE, "-o", "none")
    assert outcome.code == 2
    assert "--job" in outcome.sentence
    assert corral("two.py", "in.txt", *INLINE, "-o", "flag", "--job", "second").code == 0
    assert "second" in outputs(here / "flag")
    monkeypatch.setenv("CORRAL_JOB", "first")
    assert corral("two.py", "in.txt", *INLINE, "-o", "variable").code == 0
    assert "first" in outputs(here / "variable")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nowhere.py", "in.txt"), "nowhere.py"),
        (("broken.py", "in.txt"), "line 2"),
        (("empty.py", "in.txt"), "empty.py"),
        (("no.such.module:job", "in.txt"), "no.such.module"),
        (("job.py", "nothing*.txt"), "nothing*.txt"),
        (("job.py", "in.txt", "--reducers", "0"), "bad value '0' for reducers from flag --reducers: give 1 or more"),
        (("job.py", "in.txt", "--split-size", "huge"), "flag --split-size: give a size such as"),
        (("job.py", "in.txt", "--executor", "moon"), "there is no executor 'moon'"),
        (("job.py", "in.txt", "--input-format", "xml"), "there is no input format 'xml'"),
        (("job.py", "in.txt", "--output-format", "xml"), "there is no output format 'xml'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_run_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], named: str, here: Path, corral: Any
) -> None:
    (here / "broken.py").write_text("x = 1\ndef f(:\n")
    (here / "empty.py").write_text("")
    executor = () if "--executor" in arguments else INLINE
    outcome = corral(*arguments, *executor, "-o", "out")
    assert outcome.code == 2
    assert named in outcome.sentence
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["j\udcff.py", "in.txt"], "the job file '{here}/j\\udcff.py' has a name that is not UTF-8: rename it"),
        (["job.py", "\udcff"], "the name '{here}/\\udcff' is not UTF-8: rename it"),
        (
            ["job.py", "in.txt", "-o", "\udcff"],
            "bad value '\\udcff' for workingLocation from flag --out: it is",
        ),
        (["cat", "\udcff"], "the name '{here}/\\udcff' is not UTF-8: rename it"),
    ],
    ids=["job", "input", "output", "location"],
)
def test_a_name_that_no_message_can_hold_is_refused(here: Path, corral: Any, arguments: list[str], said: str) -> None:
    """Bytes that are no UTF-8 come as half characters."""
    (here / "j\udcff.py").write_text((here / "job.py").read_text())
    outcome = corral(*arguments)
    assert outcome.code == 2
    assert outcome.sentence.startswith(said.format(here=here))


def test_unknown_settings_in_the_environment_and_in_code_are_refused(here: Path, corral: Any, monkeypatch: Any) -> None:
    (here / "driver.py").write_text(
        "from corral_core import Driver\nfrom job import job\nd = Driver(job, splt_size=1)\n"
    )
    assert "in the options in code; did you mean split_size?" in corral("driver.py", "in.txt").sentence
    monkeypatch.setenv("CORRAL_REDUCER", "1")
    assert "did you mean CORRAL_REDUCERS?" in corral("job.py", "in.txt").sentence


@pytest.mark.parametrize("layer", ["rc file", "environment"])
def test_an_executor_that_is_not_there_is_told_with_the_place_that_asked_for_it(
    layer: str, here: Path, corral: Any, monkeypatch: Any
) -> None:
    if layer == "environment":
        monkeypatch.setenv("CORRAL_EXECUTOR", "barn")
    else:
        (here / "corralrc").write_text("executor: barn")
    place = {"rc file": f"rc file {here / 'corralrc'}", "environment": "variable CORRAL_EXECUTOR"}[layer]
    first, second = corral("job.py", "in.txt", "-o", "out").err.splitlines()
    assert first.startswith("corral: there is no executor 'barn'; installed are ")
    assert second == f"corral: the executor was set by {place}"


def test_outputs_that_are_there_are_refused_unless_overwrite(here: Path, corral: Any) -> None:
    assert corral("job.py", "in.txt", "-o", "out", *INLINE).code == 0
    outcome = corral("job.py", "in.txt", "-o", "out", *INLINE)
    assert outcome.code == 2
    assert "overwrite" in outcome.sentence
    assert corral("job.py", "in.txt", "-o", "out", *INLINE, "--overwrite").code == 0


def test_a_failing_mapper_shows_the_place_in_the_users_code(here: Path, corral: Any) -> None:
    (here / "in.txt").write_text("a\nboom\n")
    outcome = corral("job.py", "in.txt", "-o", "out", *INLINE, "-q")
    assert (outcome.code, outcome.out) == (1, "")
    first, *rest = outcome.err.splitlines()
    assert first.startswith("corral: ")
    assert "in.txt" in first
    assert any("job.py" in line and "line 8" in line for line in rest)
    assert rest[-1] == "ValueError: boom is no word"
    assert not (here / "out" / "_SUCCESS").exists()


def test_a_script_runs_its_own_driver(here: Path) -> None:
    command = [sys.executable, "job.py", "in.txt", *INLINE, "--out", "out"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert result_of(here / "out") == COUNTS.splitlines()


def test_a_scripts_help_has_the_settings_and_no_subcommands(here: Path) -> None:
    done = subprocess.run([sys.executable, "job.py", "-h"], cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: job.py [OPTIONS] [INPUTS]...")
    assert "--split-size" in done.stdout
    assert "This installation:" not in done.stdout


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["ctrl-c", "sigterm", "terminal gone"],
)
def test_a_signal_ends_a_run_cleanly(number: signal.Signals, code: int, here: Path) -> None:
    # The mapper says when it runs, through a pipe, and then waits for good.
    read, write = os.pipe()
    (here / "slow.py").write_text(
        "import os, time\n"
        "from corral_core import Job\n"
        "def mapper(key, value):\n"
        f"    os.write({write}, b'x')\n"
        "    while True:\n"
        "        time.sleep(0.01)\n"
        "job = Job(mapper)\n"
    )
    arguments = ["slow.py", "in.txt", *INLINE, "-o", "out"]
    code_text = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code_text, *arguments]
    process = subprocess.Popen(command, cwd=here, pass_fds=[write], stderr=subprocess.PIPE, text=True)
    os.close(write)
    try:
        assert os.read(read, 1) == b"x"
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    finally:
        os.close(read)
        process.kill()
        process.communicate()
    assert process.returncode == code
    assert "Traceback" not in err
    assert err.splitlines()[-1] in ("corral: interrupted", "corral: terminated")
    assert [path.name for path in (here / "out").iterdir()] == [REPORT]


def test_a_signal_that_nohup_has_switched_off_stays_off() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping_on_signals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


class Deployed(InlineExecutor):
    """An executor that remembers what was asked of it."""

    name = "deployed"
    asked: list[str] = []  # noqa: RUF012  (the class is the record)

    def undeploy(self) -> None:
        self.asked.append("undeploy")

    def close(self) -> None:
        self.asked.append("close")
        super().close()


class Unreachable(Deployed):
    name = "unreachable"

    def undeploy(self) -> None:
        raise ExecutorUnavailable("the moon can't be reached; try again at night")


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Deployed]]:
    plugins = Plugins()
    plugins.executors.add("deployed", Deployed, "moon")
    plugins.executors.add("unreachable", Unreachable, "moon")
    monkeypatch.setattr(plugin_manager, "load", lambda: plugins)
    Deployed.asked.clear()
    yield Deployed
    Deployed.asked.clear()


def test_undeploy_needs_neither_job_nor_input(deployed: type[Deployed], corral: Any) -> None:
    outcome = corral("--executor", "deployed", "--undeploy")
    assert (outcome.code, outcome.out) == (0, "")
    assert deployed.asked == ["undeploy", "close"]


@pytest.mark.usefixtures("deployed")
def test_an_undeploy_that_fails_says_why(corral: Any) -> None:
    outcome = corral("--executor", "unreachable", "--undeploy")
    assert outcome.code == 1
    assert outcome.sentence == "the moon can't be reached; try again at night"
    assert Deployed.asked == ["close"]


def test_a_scripts_own_unknown_option_is_refused(here: Path) -> None:
    (here / "own.py").write_text(
        "from corral_core import Driver\nfrom job import job\n"
        "if __name__ == '__main__':\n    Driver(job, out_typo=1).main()\n"
    )
    done = subprocess.run([sys.executable, "own.py", "in.txt"], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("corral: unknown setting out_typo in the options in code")


def test_relative_paths_are_of_the_current_directory(here: Path, corral: Any, monkeypatch: Any) -> None:
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert corral("../job.py", "../in.txt", *INLINE, "-o", "out").code == 0
    assert result_of(Path("out")) == COUNTS.splitlines()
