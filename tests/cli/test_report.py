"""``corral report``, as somebody runs it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.report.store import NAME
from tests.cli.conftest import COMMAND, on_terminal
from tests.report.conftest import made

if TYPE_CHECKING:
    from tests.cli.conftest import Corral

RUN = ("job.py", "in.txt", "--executor", "inline", "-o", "out")


@pytest.fixture
def done(corral: Corral, here: Path) -> Path:
    """A location with a run that ended well."""
    assert corral(*RUN).code == 0
    return here / "out"


def test_json_is_the_record_of_the_run(done: Path, corral: Corral) -> None:
    report = json.loads(corral("report", "out", "--json").out)
    assert (report["state"], report["executor"], report["counters"]) == ("finished", "inline", {"lines": 2})
    assert report["attempts"]["records_in"][0] == 2
    assert report["files"] == [str(done.parent / "in.txt")]
    assert {"name": "executor", "value": "inline", "origin": "flag --executor", "group": "Run", "default": False} in (
        report["settings"]
    )


def test_the_page_goes_where_it_is_told(done: Path, corral: Corral) -> None:
    outcome = corral("report", "out", "-o", "page.html")
    assert (outcome.code, outcome.out) == (0, "")
    page = (done.parent / "page.html").read_text()
    assert page.lstrip().startswith("<!doctype html>")
    assert corral("report", "out", "-o", "-").out.strip() == page.strip()


def test_without_a_terminal_it_says_where_it_wrote_the_page(done: Path, corral: Corral) -> None:
    outcome = corral("report", "out")
    path = Path(outcome.out.strip())
    assert path.suffix == ".html"
    assert "<!doctype html>" in path.read_text()
    path.unlink()
    path.parent.rmdir()


def test_on_a_desktop_s_terminal_it_opens_in_a_browser(done: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    desktop = {"DISPLAY": ":7", "BROWSER": f"{browser} %s"}
    with on_terminal("report", "out", whole=True, variables=desktop) as terminal:
        assert terminal.end() == 0
        assert "opened " in "".join(terminal.lines)
    opened = Path((tmp_path / "opened").read_text().strip().removeprefix("file://"))
    assert "<!doctype html>" in opened.read_text()
    opened.unlink()
    opened.parent.rmdir()
    (tmp_path / "opened").unlink()
    with on_terminal("report", "out", "--no-open", columns=400, whole=True, variables=desktop) as terminal:
        assert terminal.end() == 0
        (said,) = terminal.lines
    written = Path(said)
    assert written.exists()
    assert not (tmp_path / "opened").exists()
    written.unlink()
    written.parent.rmdir()


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "PYTHONUNBUFFERED"])
def test_it_ends_quietly_when_nobody_reads_on(done: Path, unbuffered: str) -> None:
    (done / NAME).write_bytes(gzip.compress(made(20_000)))  # more than a pipe holds
    command = [*COMMAND, "report", "out", "-o", "-"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=done.parent, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_a_location_without_one_says_why_that_may_be(corral: Corral, here: Path) -> None:
    outcome = corral("report", "nowhere")
    assert outcome.code == 2
    assert outcome.sentence == (
        f"there is no report in {here}/nowhere: a run leaves one when it ends, unless it was killed or had --no-report "
        "(corral runs nowhere lists what is there)"
    )


def test_a_damaged_one_is_refused(done: Path, corral: Corral) -> None:
    (done / NAME).write_bytes(b"no gzip")
    assert corral("report", "out").sentence.startswith(f"the report {done / NAME} is damaged (")


def test_a_later_version_s_is_refused(done: Path, corral: Corral) -> None:
    data = gzip.decompress((done / NAME).read_bytes())
    (done / NAME).write_bytes(gzip.compress(data.replace(b'"version":1', b'"version":99', 1)))
    assert "has version 99, and this corral reads up to version 1" in corral("report", "out").sentence


def test_a_file_that_cannot_be_written_is_named(done: Path, corral: Corral) -> None:
    assert corral("report", "out", "-o", "no/such/page.html").sentence == (
        "no/such/page.html can't be written: no such file or directory"
    )


def test_a_run_that_fails_says_how_to_look_at_it(corral: Corral, here: Path) -> None:
    (here / "in.txt").write_text("boom\n")
    outcome = corral("job.py", "in.txt", "--executor", "inline", "-o", "my out")
    assert outcome.code == 1
    assert "corral: look at it with: corral report 'my out'" in outcome.err.splitlines()
    report = json.loads(corral("report", "my out", "--json").out)
    assert (report["state"], report["ending"]["error"]) == ("failed", "TaskFailedError")
    assert "boom is no word" in report["ending"]["message"]
    assert "job.py" in report["failures"][0]["traceback"]


def test_with_no_report_there_is_none_and_none_of_an_earlier_run(done: Path, corral: Corral) -> None:
    assert corral(*RUN, "--overwrite", "--no-report").code == 0
    assert not (done / NAME).exists()


def test_a_location_is_looked_at_through_its_storage(done: Path, corral: Corral) -> None:
    assert corral("report", f"file://{done}", "--json").code == 0


def test_the_help_is_there_without_the_page_s_libraries() -> None:
    code = (
        "import sys; from corral_core.cli.main import main\n"
        "try: main(['report', '--help'])\n"
        "finally: print('jinja2' in sys.modules, file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stderr.strip() == "False"
